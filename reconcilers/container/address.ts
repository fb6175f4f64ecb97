import { type MemberAddresses, recordedAddresses } from '../network/dnsmasq/memberRecord.ts';

/**
 * The addresses that a capsule has now: those in its DNS record, as long as nothing inside speaks against them, else
 * those inside, else those that it was given last. Undefined when it has none, or was not seen.
 * @param seen what `observe` found of a container
 */
export function currentAddresses(seen: unknown): MemberAddresses {
  if (!hasAddress(seen)) return { ip: undefined, ip6: undefined };
  const further = (seen.nics ?? []).map(addressesOfNic);
  const recorded = recordedOnFirst(seen, further);
  return {
    ip: likeliest(seen.inside?.addresses, recorded.ip, seen.given?.ip),
    ip6: likeliest(seen.inside?.addresses6, recorded.ip6, seen.given6?.ip),
  };
}

/**
 * All that it has now, the one of its first network first: of a further one those inside, else those that it was given.
 * @param seen as for {@link currentAddresses}
 */
export function allAddresses(seen: unknown): readonly MemberAddresses[] {
  if (!hasAddress(seen)) return [];
  const recorded = seen.records.map(({ text }) => recordedAddresses(text));
  return [currentAddresses(seen), ...(seen.nics ?? []).map(addressesOfNic), ...recorded];
}

function addressesOfNic({ inside, given, given6 }: NonNullable<Addressed['nics']>[number]): MemberAddresses {
  return { ip: inside?.addresses[0] ?? given?.ip, ip6: inside?.addresses6[0] ?? given6?.ip };
}

/** Its records in networks are alike: what is not a further one's is the first's. */
function recordedOnFirst({ records }: Addressed, further: readonly MemberAddresses[]): MemberAddresses {
  const others = new Set(further.flatMap(({ ip, ip6 }) => [ip, ip6]));
  const all = records.map(({ text }) => recordedAddresses(text));
  const own = all.filter(({ ip, ip6 }) => ![ip, ip6].some((each) => each !== undefined && others.has(each)));
  return own[0] ?? { ip: undefined, ip6: undefined };
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
  readonly nics?: readonly Pick<Addressed, 'inside' | 'given' | 'given6'>[];
}

function hasAddress(seen: unknown): seen is Addressed {
  return typeof seen === 'object' && seen !== null && 'inside' in seen && 'records' in seen;
}
