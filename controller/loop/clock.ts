/** Time as the loop knows it; a test brings its own. The same shape as XState's clock, with the time of day. */
export interface LoopClock {
  /** ms since the epoch */
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const systemLoopClock: LoopClock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
