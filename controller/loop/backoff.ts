/** ms */
const first = 500;
const longest = 5 * 60_000;

/**
 * Pure: the pause after so many failures in a row, in ms: 0.5 s, 1 s, 2 s … at most 5 minutes, each a quarter more or
 * less, so that what failed together is not tried again together.
 * @param random from 0 to 1
 */
export function retryDelay(failures: number, random: number): number {
  return Math.min(first * 2 ** Math.min(failures - 1, 20), longest) * (0.75 + random / 2);
}

/** Pure: a pause of about `ms`, a tenth more or less. */
export function jittered(ms: number, random: number): number {
  return ms * (0.9 + random / 5);
}
