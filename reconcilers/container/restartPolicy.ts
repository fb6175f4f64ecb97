export type RestartPolicy = 'always' | 'on-failure' | 'never';

/** What the restart program remembers between two exits. */
export interface Attempts {
  /** Restarts since it last ran for long enough. */
  readonly count: number;
  /** When it was started last, in ms since the epoch. */
  readonly startedAt: number;
}

/** A capsule that ran for so long counts as healthy again, ms. */
const steady = 10_000;
const firstDelay = 100;
const longestDelay = 30_000;

/**
 * What to do about a capsule that has ended: ms to wait before it is started again, or undefined: leave it.
 * @param now ms since the epoch
 */
export function afterExit(
  policy: RestartPolicy,
  status: number,
  attempts: Attempts,
  now: number,
): { readonly delay: number; readonly count: number } | undefined {
  if (!restarts(policy, status)) return undefined;
  const count = now - attempts.startedAt >= steady ? 0 : attempts.count;
  return { delay: Math.min(firstDelay * 2 ** count, longestDelay), count: count + 1 };
}

/** Whether a capsule that ended with this status is started again. */
export function restarts(policy: RestartPolicy, status: number): boolean {
  return policy === 'always' || (policy === 'on-failure' && status !== 0);
}

/** It ended as it was meant to: nothing is to be repaired. */
export function isCompleted(policy: RestartPolicy, status: number): boolean {
  return policy !== 'always' && status === 0;
}

/** Whether that is how a capsule has ended. Its restart program may still be about to find that nothing is to be done. */
export function hasCompleted(
  policy: RestartPolicy,
  { phase, exit }: { readonly phase: string; readonly exit: number | undefined },
): boolean {
  return (phase === 'exited' || phase === 'restarting') && exit !== undefined && isCompleted(policy, exit);
}
