import type { HostView } from '../host/host.ts';
import type { Inside, Link } from '../host/view.ts';
import { isMarkOf, linkName, parseMark } from '../identity.ts';
import { oncePer } from '../oncePer.ts';
import { type GivenBoth, formatGiven, parseGiven } from './given.ts';
import { nicFile, runFolders } from './paths.ts';
import type { Place } from './seen.ts';

/** A further link of a capsule: a pair, one end of which is a port on the host. */
export interface NicSeen extends GivenBoth {
  /** Name of its end on the host. */
  readonly link: string;
  /** Name of its end in the capsule. */
  readonly name: string;
  /** The end on the host; undefined: it is gone. */
  readonly end:
    | {
        readonly up: boolean;
        readonly master: string | undefined;
        readonly mtu: number;
        readonly alias: string | undefined;
      }
    | undefined;
  /** Undefined when no process is there to look through. */
  readonly inside:
    | (Pick<Inside, 'addresses' | 'addresses6' | 'prefixes'> & { readonly linked: boolean })
    | undefined;
  /** It is noted as it is. */
  readonly noted: boolean;
}

/** What is noted of one, for when nobody sees it: its name in the capsule, and what it was given. */
export function formatNic({ name, ...given }: Pick<NicSeen, 'name'> & GivenBoth): string {
  return `${name}\n${formatGiven(given)}`;
}

/** Pure: undefined where it is none. */
export function parseNic(text: string | undefined): (Pick<NicSeen, 'name'> & GivenBoth) | undefined {
  const [, name] = /^([^\s/]+)\n/.exec(text ?? '') ?? [];
  return name === undefined ? undefined : { name, ...parseGiven(text) };
}

/** Further links of a capsule that there are, or that are noted, by the names of their ends on the host. */
export async function readNics(
  view: HostView,
  place: Place,
  links: readonly Link[],
  inside: Inside | undefined,
): Promise<readonly NicSeen[]> {
  const folder = runFolders(place.scope);
  const noted = notesIn((await view.list(folder)) ?? none).get(place.identity) ?? [];
  const main = linkName(place.identity);
  const marked = (furtherEnds(links).get(place.project) ?? []).filter(
    ({ alias, name }) => name !== main && isMarkOf(alias, place),
  );
  const names = [...new Set([...noted, ...marked.map(({ name }) => name)])].toSorted();
  const found = await Promise.all(
    names.map(async (link) => {
      const note = parseNic(await view.read(nicFile(place.scope, place.identity, link)));
      return nicSeen({ link, note, end: links.find(({ name }) => name === link), inside });
    }),
  );
  return found.filter((nic) => nic !== undefined);
}

const none: readonly string[] = [];

/** Names of links that are noted of each capsule, by its identity: `IDENTITY.LINK.nic`. */
const notesIn = oncePer((names: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const notes = names.flatMap((name) => {
    const [, identity, link] = /^([^.]+)\.([^.]+)\.nic$/.exec(name) ?? [];
    return identity === undefined || link === undefined ? [] : [{ identity, link }];
  });
  const grouped = Map.groupBy(notes, ({ identity }) => identity);
  return new Map([...grouped].map(([identity, each]) => [identity, each.map(({ link }) => link)]));
});

/** Links whose mark says that they are a part of something, by project. */
const furtherEnds = oncePer((links: readonly Link[]): ReadonlyMap<string, readonly Link[]> => {
  const marks = links.flatMap((link) => {
    const mark = parseMark(link.alias);
    const isPart = mark?.part !== undefined && mark.address.startsWith('container.');
    return isPart ? [{ link, project: mark.project }] : [];
  });
  const grouped = Map.groupBy(marks, ({ project }) => project);
  return new Map([...grouped].map(([project, each]) => [project, each.map(({ link }) => link)]));
});

function nicSeen(of: {
  readonly link: string;
  readonly note: ReturnType<typeof parseNic>;
  readonly end: Link | undefined;
  readonly inside: Inside | undefined;
}): NicSeen | undefined {
  const { link, note, end, inside } = of;
  // The mark on the link itself is what counts, and the note where it has none.
  const name = parseMark(end?.alias)?.part ?? note?.name;
  if (name === undefined) return undefined;
  const given = note ?? { given: undefined, given6: undefined };
  return {
    link,
    name,
    end: end && { up: end.up, master: end.master, mtu: end.mtu, alias: end.alias },
    inside: inside && {
      linked: inside.links.includes(name),
      ...addressesOn(inside, name, given),
      prefixes: inside.prefixes,
    },
    ...{ given: given.given, given6: given.given6 },
    noted: note?.name === name,
  };
}

/** Pure: the addresses of one link; where the kernel does not tell whose one is, it is whose it was given to. */
function addressesOn(
  { addresses, addresses6, on }: Inside,
  name: string,
  { given, given6 }: GivenBoth,
): Pick<Inside, 'addresses' | 'addresses6'> {
  const own = (ips: readonly string[], last: string | undefined) =>
    ips.filter((ip) => (on[ip] ?? (ip === last ? name : undefined)) === name);
  return { addresses: own(addresses, given?.ip), addresses6: own(addresses6, given6?.ip) };
}

/** Pure: what is inside without what is a further link's. */
export function withoutNics(inside: Inside, nics: readonly NicSeen[]): Inside {
  const others = new Set(
    nics.flatMap((nic) => [...(nic.inside?.addresses ?? []), ...(nic.inside?.addresses6 ?? [])]),
  );
  const own = (ips: readonly string[]) => ips.filter((ip) => !others.has(ip));
  return { ...inside, addresses: own(inside.addresses), addresses6: own(inside.addresses6) };
}
