/**
 * The IPv4 address that a capsule has now: the one in its DNS record, as long as nothing inside speaks against it, else
 * the one inside, else the one that it was given last. Undefined when it has none, or was not seen.
 * @param seen what `observe` found of a container
 */
export function currentIp(seen: unknown): string | undefined {
  if (!hasAddress(seen)) return undefined;
  const inside = seen.inside?.addresses ?? [];
  const recorded = seen.records[0]?.text.split(' ')[0];
  if (recorded !== undefined && inside.includes(recorded)) return recorded;
  return inside[0] ?? recorded ?? seen.given?.ip;
}

/** The part of `ContainerSeen` that says where it is. */
interface Addressed {
  readonly inside: { readonly addresses: readonly string[] } | undefined;
  readonly records: readonly { readonly text: string }[];
  readonly given?: { readonly ip: string } | undefined;
}

function hasAddress(seen: unknown): seen is Addressed {
  return typeof seen === 'object' && seen !== null && 'inside' in seen && 'records' in seen;
}
