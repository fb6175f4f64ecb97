import { assign, fromPromise, setup } from 'xstate';

import type { NovaError } from '../../schema/errors.ts';
import { toNovaError } from '../../schema/errors.ts';

/** What one resource's machine is told from outside. */
type ResourceEvent =
  /** Everything it waits for has settled well. */
  | { readonly type: 'go' }
  /** Something it waits for has failed; `by` says what. */
  | { readonly type: 'block'; readonly by: string }
  /** Stop after the step in hand. */
  | { readonly type: 'interrupt' };

interface ResourceContext {
  /** Attempts that have failed. */
  readonly failures: number;
  readonly error: NovaError | undefined;
  readonly blockedBy: string | undefined;
  readonly maximumAttempts: number;
}

/** Delay before attempt `failures + 1`, in ms, without jitter: 250, 500, 1000 … at most 30 s. */
export function backoff(failures: number): number {
  return Math.min(250 * 2 ** Math.max(0, failures - 1), 30_000);
}

/**
 * One resource's way to ready. It does no input or output itself: `converge` (observe, then the steps) and `verify`
 * (observe again, then wait for readiness) are provided, and reject until they are.
 */
export const resourceMachine = setup({
  types: {
    context: {} as ResourceContext,
    events: {} as ResourceEvent,
    input: {} as { readonly maximumAttempts: number },
  },
  actors: {
    converge: fromPromise<void>(() => Promise.reject(new Error('converge is not provided'))),
    verify: fromPromise<void>(() => Promise.reject(new Error('verify is not provided'))),
  },
  actions: {
    noteFailure: assign({
      failures: ({ context }) => context.failures + 1,
      error: ({ event }) => toNovaError('error' in event ? event.error : event),
    }),
  },
  guards: {
    mayTryAgain: ({ context, event }) => {
      const { disposition } = toNovaError('error' in event ? event.error : event);
      return disposition !== 'terminal' && context.failures + 1 < context.maximumAttempts;
    },
  },
  delays: { backoff: ({ context }) => backoff(context.failures) * (0.75 + Math.random() / 2) },
}).createMachine({
  id: 'resource',
  initial: 'waiting',
  context: ({ input }) => ({
    failures: 0,
    error: undefined,
    blockedBy: undefined,
    maximumAttempts: input.maximumAttempts,
  }),
  states: {
    waiting: {
      on: {
        go: 'converging',
        block: { target: 'blocked', actions: assign({ blockedBy: ({ event }) => event.by }) },
        interrupt: 'interrupted',
      },
    },
    converging: {
      invoke: {
        src: 'converge',
        onDone: 'verifying',
        onError: [
          { guard: 'mayTryAgain', target: 'retrying', actions: 'noteFailure' },
          { target: 'stalled', actions: 'noteFailure' },
        ],
      },
    },
    verifying: {
      invoke: {
        src: 'verify',
        onDone: 'ready',
        onError: [
          { guard: 'mayTryAgain', target: 'retrying', actions: 'noteFailure' },
          { target: 'stalled', actions: 'noteFailure' },
        ],
      },
    },
    retrying: { after: { backoff: 'converging' }, on: { interrupt: 'interrupted' } },
    ready: { type: 'final' },
    stalled: { type: 'final' },
    blocked: { type: 'final' },
    interrupted: { type: 'final' },
  },
});
