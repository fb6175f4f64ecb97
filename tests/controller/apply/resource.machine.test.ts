import { createActor, fromPromise, SimulatedClock, waitFor } from 'xstate';
import { describe, expect, it } from 'vitest';

import { backoff, resourceMachine } from '../../../controller/apply/resource.machine.ts';
import { NovaError } from '../../../schema/errors.ts';

/** A machine whose `converge` fails with the given errors in turn, then works. */
function machineFailingWith(...errors: readonly NovaError[]) {
  const left = [...errors];
  return resourceMachine.provide({
    actors: {
      converge: fromPromise<void>(async () => {
        const error = left.shift();
        if (error !== undefined) throw error;
      }),
      verify: fromPromise<void>(async () => undefined),
    },
  });
}

const passing = new NovaError('host.command', 'ip said no');
const human = new NovaError('host.foreign', 'somebody else has it');

async function settle(machine: ReturnType<typeof machineFailingWith>, maximumAttempts = 3) {
  const clock = new SimulatedClock();
  const actor = createActor(machine, { input: { maximumAttempts }, clock });
  const states: unknown[] = [];
  actor.subscribe(({ value }) => {
    if (states.at(-1) !== value) states.push(value);
    if (value === 'retrying') queueMicrotask(() => clock.increment(60_000));
  });
  actor.start();
  actor.send({ type: 'go' });
  const { context } = await waitFor(actor, ({ status }) => status === 'done');
  return { states, context };
}

describe('resourceMachine', () => {
  it('goes from waiting over converging and verifying to ready', async () => {
    expect((await settle(machineFailingWith())).states).toEqual([
      'waiting',
      'converging',
      'verifying',
      'ready',
    ]);
  });

  it('tries again after an error that may pass', async () => {
    const { states } = await settle(machineFailingWith(passing));
    expect(states).toEqual(['waiting', 'converging', 'retrying', 'converging', 'verifying', 'ready']);
  });

  it('stalls at once when a person is needed', async () => {
    const { states, context } = await settle(machineFailingWith(human));
    expect(states).toEqual(['waiting', 'converging', 'stalled']);
    expect(context.error).toBe(human);
  });

  it('stalls after as many attempts as it may make', async () => {
    const { states, context } = await settle(machineFailingWith(passing, passing, passing), 2);
    expect(states.filter((state) => state === 'converging')).toHaveLength(2);
    expect(states.at(-1)).toBe('stalled');
    expect(context.failures).toBe(2);
  });

  it('is blocked by what it waits for, without having begun', () => {
    const actor = createActor(machineFailingWith(), { input: { maximumAttempts: 3 } }).start();
    actor.send({ type: 'block', by: 'network.lan' });
    expect(actor.getSnapshot().value).toBe('blocked');
    expect(actor.getSnapshot().context.blockedBy).toBe('network.lan');
  });

  it('is interrupted while it waits', () => {
    const actor = createActor(machineFailingWith(), { input: { maximumAttempts: 3 } }).start();
    actor.send({ type: 'interrupt' });
    expect(actor.getSnapshot().value).toBe('interrupted');
  });
});

describe('backoff', () => {
  it('doubles up to half a minute', () => {
    expect([1, 2, 3, 8, 20].map(backoff)).toEqual([250, 500, 1000, 30_000, 30_000]);
  });
});
