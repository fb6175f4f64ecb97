import type { Address } from '../schema/manifest.ts';

/**
 * What resources of a project were called before, as far as it matters: only those are named whose identity is not
 * worked out from their address.
 */
export interface Past {
  /** By address: what its identity is worked out from. */
  readonly origins: ReadonlyMap<Address, string>;
  /** By origin: what it is called now. */
  readonly holders: ReadonlyMap<string, Address>;
  /** By address: what some of it may still be called. */
  readonly former: ReadonlyMap<Address, readonly Address[]>;
}

/** Whoever knows the past of a project. */
interface Knows {
  readonly past?: Past;
}

/** What the identity of a resource is worked out from: the address that it had when it was made. */
export function originOf({ past }: Knows, address: Address): string {
  return past?.origins.get(address) ?? address;
}

/** What is called now what was made under that address. */
export function holderOf({ past }: Knows, origin: string): Address | undefined {
  return past?.holders.get(origin);
}

/** What is called now what bears an address alone, as rules do. */
export function presentName({ past }: Knows, address: Address): Address {
  const found = [...(past?.former ?? [])].find(([, former]) => former.includes(address));
  return found?.[0] ?? address;
}

/** What a resource was called before. */
export function formerOf({ past }: Knows, address: Address): readonly Address[] {
  return past?.former.get(address) ?? [];
}

/** A host, or a view of one, that goes by what resources were called before. */
export function withPast<Of extends { readonly scope: object; view?: () => unknown }>(
  of: Of,
  past: Past | undefined,
): Of {
  if (past === undefined) return of;
  const { view } = of;
  const scope = { ...of.scope, past };
  return view === undefined
    ? { ...of, scope }
    : { ...of, scope, view: () => withPast(view() as { readonly scope: object }, past) };
}
