import type { Route } from './carried.ts';

/** A rule of policy routing (ip-rule(8)), as far as Nova makes some. */
export interface RoutingRule {
  readonly family: 4 | 6;
  /** A lower one is asked earlier. */
  readonly priority: number;
  /** Whose packets it is about, as `192.168.77.0/24`; undefined: everybody's. */
  readonly from?: string;
  /** Name or number of the table that it leads to. */
  readonly table: string;
  /** Routes whose prefix is as long as this, or shorter, do not count. */
  readonly suppress?: number;
  /** Who made it, as `static` or a number; undefined: it does not say. */
  readonly protocol?: string;
}

/** A route that says that there is no way. */
export interface Refusal {
  readonly family: 4 | 6;
  /** `default`, or `::/0` for IPv6. */
  readonly to: string;
  readonly table: string;
  readonly protocol: string;
  readonly metric?: number;
}

/** How a network namespace decides where a packet goes. */
export interface Routing {
  readonly rules: readonly RoutingRule[];
  readonly routes: readonly Route[];
  readonly refusals: readonly Refusal[];
}
