/** An address of either family that a link has for reaching others, and that another link can be given. */
export interface HeldAddress {
  readonly link: string;
  readonly family: 4 | 6;
  /** As `192.168.1.5/24`. */
  readonly cidr: string;
  readonly broadcast?: string;
  /** The other end of a line between two. */
  readonly peer?: string;
  /** No route to its subnet comes with it. */
  readonly bare?: true;
  /** It was lent, by DHCP or a router: seconds until it ends, and until it is not preferred any more. */
  readonly lent?: { readonly valid: number; readonly preferred: number };
}

/** A route that leads over a link. Routes to a host's own addresses, and broadcasts, are none. */
export interface Route {
  readonly family: 4 | 6;
  /** As `10.0.0.0/8`; `default`, or `::/0` for IPv6. */
  readonly to: string;
  readonly link: string;
  readonly via?: string;
  /** Name or number of its table. */
  readonly table: string;
  /** Who made it: `kernel` (it comes with an address), `static`, `dhcp`, `ra` … */
  readonly protocol: string;
  readonly scope?: string;
  readonly source?: string;
  readonly metric?: number;
  readonly onlink?: true;
  readonly preference?: string;
  /** seconds that are left of it */
  readonly expires?: number;
  /** It leads over this link and others. */
  readonly shared?: true;
  /** Further words of it, as `mtu 1400`. */
  readonly options?: readonly string[];
}

/** What links of the host carry that would be lost with them. */
export interface Carried {
  readonly addresses: readonly HeldAddress[];
  readonly routes: readonly Route[];
}
