/** Cgroups by their path in the unified hierarchy, as `/nova/3f2a9c1b/1f0c`. */
export interface Cgroups {
  /** Kills every process in it and below, and waits until none is left. Absent is done. */
  kill(path: string, signal: AbortSignal): Promise<void>;
  /** Removes it and what is below, in every hierarchy (v1 too), then its parents as far as they are empty. */
  remove(path: string): Promise<void>;
  /**
   * bytes per second that those in it and below may read from the disk under the data directory, and as many to write;
   * undefined: no limit. Rejects with `capability.missing` where that cannot be.
   */
  limitIo(path: string, limit: number | undefined): Promise<void>;
  /** Puts a living process into it; it is made when it is not there. */
  move(path: string, process: { pid: number; startTime: number }): Promise<void>;
}
