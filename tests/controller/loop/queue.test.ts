import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createQueue } from '../../../controller/loop/queue.ts';
import { simulatedClock } from './simulatedClock.ts';

function harness() {
  const clock = simulatedClock();
  const begun: { key: string; at: number }[] = [];
  const errors: unknown[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const queue = createQueue({
    clock,
    work: async (key) => {
      begun.push({ key, at: clock.now() });
      await gates.get(key)?.promise;
    },
    failed: (_, error) => errors.push(error),
  });
  const hold = (key: string) => {
    const gate = Promise.withResolvers<void>();
    gates.set(key, gate);
    return gate;
  };
  return { clock, queue, begun, errors, hold };
}

describe('createQueue', () => {
  it('hands a key out once, however often it was added, and when it was due first', async () => {
    const { clock, queue, begun } = harness();
    queue.add('a', 100);
    queue.add('a', 30);
    queue.add('a', 500);
    await clock.advance(1000);
    expect(begun).toEqual([{ key: 'a', at: 30 }]);
  });

  it('hands a key to one worker at a time, and again when it was added meanwhile', async () => {
    const { clock, queue, begun, hold } = harness();
    const gate = hold('a');
    queue.add('a');
    await clock.advance(10);
    queue.add('a');
    queue.add('a');
    await clock.advance(1000);
    expect(begun).toHaveLength(1);
    gate.resolve();
    await clock.advance(0);
    expect(begun).toHaveLength(2);
  });

  it('lets no key wait for another', async () => {
    const { clock, queue, begun, hold } = harness();
    hold('slow');
    queue.add('slow');
    queue.add('quick', 5);
    await clock.advance(10);
    expect(begun.map(({ key }) => key)).toEqual(['slow', 'quick']);
  });

  it('goes on after a worker has failed', async () => {
    const { clock, queue, begun, errors, hold } = harness();
    const gate = hold('a');
    queue.add('a');
    await clock.advance(0);
    gate.reject(new Error('broken'));
    await clock.advance(0);
    hold('a').resolve();
    queue.add('a');
    await clock.advance(0);
    expect(errors).toEqual([new Error('broken')]);
    expect(begun).toHaveLength(2);
  });

  it('closes when what is in hand has ended, and begins nothing more', async () => {
    const { clock, queue, begun, hold } = harness();
    const gate = hold('a');
    queue.add('a');
    queue.add('b', 50);
    await clock.advance(10);
    let closed = false;
    const closing = queue.close().then(() => (closed = true));
    await clock.advance(100);
    expect(closed).toBe(false);
    gate.resolve();
    await closing;
    queue.add('c');
    await clock.advance(100);
    expect(begun.map(({ key }) => key)).toEqual(['a']);
  });

  it('law: every key that is added is handed out no earlier than it is due and never twice at once', async () => {
    const keys = fc.constantFrom('a', 'b', 'c');
    const adds = fc.array(fc.record({ key: keys, after: fc.nat(50), wait: fc.nat(20) }), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(adds, fc.nat(30), async (added, takes) => {
        const clock = simulatedClock();
        const running = new Set<string>();
        const lastBegun = new Map<string, number>();
        const queue = createQueue({
          clock,
          failed: (_, error) => {
            throw error;
          },
          work: async (key) => {
            expect(running.has(key)).toBe(false);
            running.add(key);
            lastBegun.set(key, clock.now());
            await new Promise<void>((resolve) => void clock.setTimeout(resolve, takes));
            running.delete(key);
          },
        });
        const lastDue = new Map<string, number>();
        for (const { key, after, wait } of added) {
          queue.add(key, after);
          lastDue.set(key, clock.now());
          await clock.advance(wait);
        }
        await clock.advance(1000);
        for (const [key, at] of lastDue) expect(lastBegun.get(key)).toBeGreaterThanOrEqual(at);
        expect(lastBegun.size).toBe(lastDue.size);
      }),
      { numRuns: 40 },
    );
  });
});
