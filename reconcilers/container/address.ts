import { type MemberAddresses, recordedAddresses } from '../network/memberRecord.ts';

/**
 * The addresses that a capsule has now: those in its DNS record, as long as nothing inside speaks against them, else
 * those inside, else those that it was given last. Undefined when it has none, or was not seen.
 * @param seen what `observe` found of a container
 */
export function currentAddresses(seen: unknown): MemberAddresses {
  if (!hasAddress(seen)) return { ip: undefined, ip6: undefined };
  const recorded = recordedAddresses(seen.records[0]?.text);
  return {
    ip: likeliest(seen.inside?.addresses, recorded.ip, seen.given?.ip),
    ip6: likeliest(seen.inside?.addresses6, recorded.ip6, seen.given6?.ip),
  };
}

function likeliest(
  inside: readonly string[] = [],
  recorded: string | undefined,
  given: string | undefined,
): string | undefined {
  if (recorded !== undefined && inside.includes(recorded)) return recorded;
  return inside[0] ?? recorded ?? given;
}

/** The part of `ContainerSeen` that says where it is. */
interface Addressed {
  readonly inside:
    | { readonly addresses: readonly string[]; readonly addresses6: readonly string[] }
    | undefined;
  readonly records: readonly { readonly text: string }[];
  readonly given?: { readonly ip: string } | undefined;
  readonly given6?: { readonly ip: string } | undefined;
}

function hasAddress(seen: unknown): seen is Addressed {
  return typeof seen === 'object' && seen !== null && 'inside' in seen && 'records' in seen;
}
