import { keyOfAddress, keyOfRoute, type Load } from './carry.ts';

/** What was lent is the lender's: the host may have got another by now. */
export function lasting({ addresses, routes }: Load): Load {
  const lent = new Set(addresses.filter((address) => address.lent).map(({ family }) => family));
  return {
    addresses: addresses.filter((address) => address.lent === undefined),
    routes: routes.filter(({ family, expires }) => expires === undefined && !lent.has(family)),
  };
}

export function missing({ addresses, routes }: Load, there: Load): Load {
  const held = keysOf(there.addresses, keyOfAddress);
  const ways = new Map(there.routes.map((route) => [keyOfRoute(route), route.via]));
  return {
    addresses: addresses.filter((address) => !held.has(keyOfAddress(address))),
    routes: routes.filter((route) => {
      const key = keyOfRoute(route);
      return !ways.has(key) || ways.get(key) !== route.via;
    }),
  };
}

export function union(a: Load, b: Load): Load {
  return {
    addresses: merged(a.addresses, b.addresses, keyOfAddress),
    routes: merged(a.routes, b.routes, keyOfRoute),
  };
}

/** Of two in each other's place the later, where the earlier was: the first address of a subnet stays the first. */
function merged<Item>(
  a: readonly Item[],
  b: readonly Item[],
  keyOf: (item: Item) => string,
): readonly Item[] {
  return [...new Map([...a, ...b].map((item) => [keyOf(item), item])).values()];
}

export function keysOf<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlySet<string> {
  return new Set(items.map(keyOf));
}
