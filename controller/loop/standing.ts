import { dispositions, type Issue } from '../../schema/errors.ts';
import { retryDelay } from './backoff.ts';

/** How one resource stands between passes. What is at rest and well is `{ verified: true }` and nothing more. */
export interface Standing {
  /** Work on it goes on. */
  readonly busy: boolean;
  /** It was seen to work, as it is declared now. */
  readonly verified: boolean;
  /** In a row. */
  readonly failures: number;
  readonly error: Issue | undefined;
  /** Not before then, in ms since the epoch; infinite when a person has to do something first. */
  readonly retryAt: number | undefined;
  /** Of what was tried and failed: another plan is tried at once. */
  readonly tried: string | undefined;
  /** When it was seen to work last, in ms since the epoch. */
  readonly seenAt?: number;
}

export const unknownStanding: Standing = {
  busy: false,
  verified: false,
  failures: 0,
  error: undefined,
  retryAt: undefined,
  tried: undefined,
};

export const wellStanding: Standing = { ...unknownStanding, verified: true };

/**
 * Pure: after a failure. What only a person can mend is left until something about it changes.
 * @param tried hash of what was tried
 */
export function failed(
  before: Standing,
  error: Issue,
  { now, random, tried }: { readonly now: number; readonly random: number; readonly tried: string },
): Standing {
  const failures = before.failures + 1;
  const terminal = isTerminal(error);
  const retryAt = terminal ? Number.POSITIVE_INFINITY : now + retryDelay(failures, random);
  return { busy: false, verified: false, failures, error, retryAt, tried };
}

/** The host moved on between plan and step: the loop only has to look again. */
export function isTerminal({ code }: Pick<Issue, 'code'>): boolean {
  return dispositions[code] === 'terminal' && code !== 'plan.stale' && code !== 'interrupted';
}
