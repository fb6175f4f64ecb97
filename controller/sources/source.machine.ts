import { assign, fromPromise, setup } from 'xstate';

import { type NovaError, toNovaError } from '../../schema/errors.ts';
import { jittered, retryDelay } from '../loop/backoff.ts';
import type { Delivery } from './source.ts';

/** There may be something new. */
interface SourceEvent {
  readonly type: 'poke';
}

interface SourceContext {
  /** In a row. */
  readonly failures: number;
  /** It was poked while it was reading: what was read may be old already. */
  readonly again: boolean;
  /** ms between two looks, without jitter */
  readonly interval: number;
}

/**
 * When a source is read: now and then, when it is told that there may be something new, and after a failure again with
 * growing pauses. `read` is provided, and `deliver` and `fail` are told what came of it.
 */
export const sourceMachine = setup({
  types: {
    context: {} as SourceContext,
    events: {} as SourceEvent,
    input: {} as { readonly interval: number },
  },
  actors: {
    read: fromPromise<Delivery | undefined>(() => Promise.reject(new Error('read is not provided'))),
  },
  actions: {
    deliver: (_, _params: { readonly delivery: Delivery | undefined }) => undefined,
    fail: (_, _params: { readonly error: NovaError }) => undefined,
  },
  delays: {
    poll: ({ context }) => jittered(context.interval, Math.random()),
    // A source that cannot be had is not asked more often than one that can.
    backoff: ({ context }) =>
      Math.max(retryDelay(context.failures, Math.random()), Math.min(context.interval, 5_000)),
  },
}).createMachine({
  id: 'source',
  initial: 'reading',
  context: ({ input }) => ({ failures: 0, again: false, interval: input.interval }),
  states: {
    reading: {
      entry: assign({ again: false }),
      on: { poke: { actions: assign({ again: true }) } },
      invoke: {
        src: 'read',
        onDone: {
          target: 'read',
          actions: [
            assign({ failures: 0 }),
            { type: 'deliver', params: ({ event }) => ({ delivery: event.output }) },
          ],
        },
        onError: {
          target: 'failed',
          actions: [
            assign({ failures: ({ context }) => context.failures + 1 }),
            { type: 'fail', params: ({ event }) => ({ error: toNovaError(event.error) }) },
          ],
        },
      },
    },
    read: {
      always: { guard: ({ context }) => context.again, target: 'reading' },
      after: { poll: 'reading' },
      on: { poke: 'reading' },
    },
    failed: {
      always: { guard: ({ context }) => context.again, target: 'reading' },
      after: { backoff: 'reading' },
      on: { poke: 'reading' },
    },
  },
});
