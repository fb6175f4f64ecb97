import type { LinkCommand } from './host.ts';

/** Whose answer proves that the host is still reachable. */
export interface Witness {
  readonly ip: string;
  /** Links over which it is reached before and after the change; default: what the routing table says. */
  readonly before?: string;
  readonly after?: string;
}

/** Where a guard is, and where it meets whoever armed it. */
export interface GuardPlace {
  /** It is in a cgroup of its own, as it outlives Nova. */
  readonly cgroup: string;
  /** A folder that has nothing else in it. */
  readonly folder: string;
}

export interface GuardedChange extends GuardPlace {
  /** The only links that the guard may touch, and only as long as they are the very ones. */
  readonly links: readonly { readonly index: number; readonly name: string }[];
  readonly change: readonly LinkCommand[];
  /** What takes it back, from wherever it was cut off. */
  readonly undo: readonly LinkCommand[];
  /** Each has to answer; none: that the change was made is proof enough. */
  readonly witnesses: readonly Witness[];
  /** What happens where they do not answer even before: it is refused, or made without them. */
  readonly silence: 'refuse' | 'go-on';
  /** ms for the answers, from when the change is made */
  readonly timeout: number;
}

/** Changes to the links by which the host is reached. */
export interface Uplinks {
  /**
   * Makes a change under the eyes of a guard, a process that takes it back unless it is proven in time that the host is
   * still reachable, and also when Nova ends before. Rejects with `network.cut-off` when it was taken back, or when
   * nothing answers even before, and with `host.command` when the change could not be made.
   */
  guarded(change: GuardedChange): Promise<void>;
  /** Ends what a run that was cut off left of a change: it is taken back unless it was proven good. */
  settle(place: GuardPlace): Promise<void>;
}
