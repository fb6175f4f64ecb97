import type { Address, Kind, Resource } from '../schema/manifest.ts';
import type { Observation, Observations } from './reconciler.ts';

/** How a kind is read whose resources are looked at one by one, from the same view. */
export interface Readings<K extends Kind, Seen> {
  readonly wanted: (resource: Resource<K>) => Promise<Observation<Seen>>;
  /** Addresses of everything that carries the mark, declared or not. */
  readonly owned: () => Promise<readonly Address[]>;
  /** What is left of one that is not declared; undefined: nothing. */
  readonly stray: (address: Address) => Promise<Seen | undefined>;
}

/** Reads what is declared, and what is owned without being declared. */
export async function observeEach<K extends Kind, Seen>(
  wanted: readonly Resource<K>[],
  readings: Readings<K, Seen>,
): Promise<Observations<Seen>> {
  const declared = new Set<Address>(wanted.map(({ address }) => address));
  const [found, owned] = await Promise.all([
    Promise.all(wanted.map(async (resource) => [resource.address, await readings.wanted(resource)] as const)),
    readings.owned(),
  ]);
  const strays = await Promise.all(
    owned
      .filter((address) => !declared.has(address))
      .map(async (address) => [address, await readings.stray(address)] as const),
  );
  return {
    wanted: new Map(found),
    strays: new Map(
      strays.flatMap(([address, seen]) => (seen === undefined ? [] : [[address, seen] as const])),
    ),
    intruders: [],
  };
}
