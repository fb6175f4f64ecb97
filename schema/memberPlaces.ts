import { isMember, type Draft, type MemberDraft } from './draft.ts';
import type { Path } from './problem.ts';

/** One member on one network: it may be on several. */
export interface MemberPlace {
  readonly member: MemberDraft;
  readonly network: string;
  readonly ip?: string;
  readonly ip6?: string;
  readonly mac?: string;
  /** Of the table that says so, from the top of the NovaFile. */
  readonly path: Path;
}

/** Everybody's places on networks, in the order of the file. */
export function placesIn(drafts: readonly Draft[]): readonly MemberPlace[] {
  return drafts.filter(isMember).flatMap(placesOf);
}

function placesOf(member: MemberDraft): readonly MemberPlace[] {
  const { kind, name, spec } = member;
  const { network, nics = [] } = spec;
  const first =
    network === undefined
      ? []
      : [{ ...rest(network), member, network: network.name, path: [kind, name, 'network'] }];
  return [...first, ...nics.map((nic, index) => ({ ...nic, member, path: [kind, name, 'nics', index] }))];
}

function rest<Place extends { readonly name: string }>({ name: _, ...place }: Place): Omit<Place, 'name'> {
  return place;
}

/** Two places of one member on one network. */
export function checkPlaces(places: readonly MemberPlace[]) {
  const first = new Map<string, MemberPlace>();
  return places.flatMap((place) => {
    const id = `${place.member.address} ${place.network}`;
    const other = first.get(id);
    if (other === undefined) first.set(id, place);
    if (other === undefined) return [];
    return [
      {
        code: 'schema.value' as const,
        message: `${place.member.address} is on network.${place.network} already`,
        hint: 'name each network once',
        path: [...place.path, 'network'],
        elsewhere: other.path,
      },
    ];
  });
}
