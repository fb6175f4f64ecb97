import { describe, expect, it } from 'vitest';

import { batched, oneAtATime, sharedRead } from '../../../reconcilers/host/coalesce.ts';

describe('sharedRead', () => {
  it('answers all who ask in the same turn by one read', async () => {
    let reads = 0;
    const read = sharedRead(async () => (reads += 1));
    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
    expect(await read()).toBe(2);
  });

  it('begins a read after everyone whom it answers has asked', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    let value = 0;
    const read = sharedRead(async () => {
      const seen = value;
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return seen;
    });
    const first = read();
    await turns();
    value = 1;
    const late = [read(), read()];
    await turns();
    expect(gates).toHaveLength(1);
    gates[0]?.resolve();
    expect(await first).toBe(0);
    await turns();
    gates[1]?.resolve();
    expect(await Promise.all(late)).toEqual([1, 1]);
    expect(gates).toHaveLength(2);
  });

  it('reads again after a read that failed', async () => {
    let reads = 0;
    const read = sharedRead(async () => {
      if ((reads += 1) === 1) throw new Error('broken');
      return reads;
    });
    await expect(read()).rejects.toThrow('broken');
    expect(await read()).toBe(2);
  });
});

describe('batched', () => {
  it('sends what is ready together, and what comes meanwhile in the next batch', async () => {
    const batches: (readonly number[])[] = [];
    const double = batched<number, number>(async (items) => {
      batches.push(items);
      await turns();
      return items.map((item) => ({ status: 'fulfilled', value: item * 2 }));
    });
    const first = [double(1), double(2)];
    await turns();
    const meanwhile = [double(3), double(4)];
    expect(await Promise.all([...first, ...meanwhile])).toEqual([2, 4, 6, 8]);
    expect(await double(5)).toBe(10);
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('returns each failure to whom it belongs', async () => {
    const submit = batched<string, string>(async (items) =>
      items.map((item) =>
        item === 'bad'
          ? { status: 'rejected', reason: new Error(item) }
          : { status: 'fulfilled', value: item },
      ),
    );
    const answers = await Promise.allSettled([submit('good'), submit('bad'), submit('fine')]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails everyone of a batch that fails as a whole, and goes on', async () => {
    let runs = 0;
    const submit = batched<number, number>(async (items) => {
      if ((runs += 1) === 1) throw new Error('no tool');
      return items.map((value) => ({ status: 'fulfilled', value }));
    });
    const answers = await Promise.allSettled([submit(1), submit(2)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await submit(3)).toBe(3);
  });
});

describe('oneAtATime', () => {
  it('begins the next only when the one before has ended, even in failure', async () => {
    const events: string[] = [];
    const inTurn = oneAtATime();
    const work = (name: string, fails: boolean) => async () => {
      events.push(`${name} begins`);
      await turns();
      events.push(`${name} ends`);
      if (fails) throw new Error(name);
    };
    await Promise.allSettled([inTurn(work('a', true)), inTurn(work('b', false))]);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });
});

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
