/**
 * The IPv4 address that a capsule has now: the one inside while it runs, else the one in its DNS record. Undefined when
 * it has none, or was not seen.
 * @param seen what `observe` found of a container
 */
export function currentIp(seen: unknown): string | undefined {
  if (!hasAddress(seen)) return undefined;
  return seen.inside?.addresses[0] ?? seen.records[0]?.text.split(' ')[0];
}

/** The part of `ContainerSeen` that says where it is. */
interface Addressed {
  readonly inside: { readonly addresses: readonly string[] } | undefined;
  readonly records: readonly { readonly text: string }[];
}

function hasAddress(seen: unknown): seen is Addressed {
  return typeof seen === 'object' && seen !== null && 'inside' in seen && 'records' in seen;
}
