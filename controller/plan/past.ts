import type { Issue } from '../../schema/errors.ts';
import type { Address, Manifest, Move } from '../../schema/manifest.ts';
import { formerAddresses } from '../../schema/moved.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { type Mark, originOfMark } from '../../reconcilers/identity.ts';
import type { Past } from '../../reconcilers/past.ts';
import { kinds, registry } from '../../reconcilers/registry.ts';

/** What the resources of a project were called, and where that cannot be told. */
export interface PastRead {
  /** Undefined: everything is called as it was when it was made. */
  readonly past: Past | undefined;
  /** By resource: why it cannot be what it was moved from. Neither of the two is touched. */
  readonly conflicts: ReadonlyMap<Address, Conflict>;
  /** By what is there under a name that something newer bears as well: that name. It goes when the newer one works. */
  readonly replaced: ReadonlyMap<Address, Address>;
}

export interface Conflict {
  readonly other: Address;
  readonly issue: Issue;
}

/**
 * Reads what the resources of a project were called from the marks on them. Changes nothing.
 * @param beside what is to be made beside what is there
 */
export async function readPast(
  view: HostView,
  manifest: Manifest,
  beside: ReadonlySet<Address> = new Set(),
): Promise<PastRead> {
  const marks = await Promise.all(kinds.map((kind) => registry[kind].marks(view)));
  return pastOf(manifest, marks.flat(), beside);
}

/**
 * Pure. A mark says what it is the mark of, and what that was made as; so whatever was renamed is found again by its
 * mark alone, and only what still bears another name needs the NovaFile's `moved`. Of several that bear one name the newest
 * is what it says.
 */
export function pastOf(
  { resources, moved = [] }: Manifest,
  marks: readonly Mark[],
  beside: ReadonlySet<Address> = new Set(),
): PastRead {
  const there = originsByAddress(marks);
  const declared = new Set(resources.map(({ address }) => address));
  const origins = new Map<Address, string>();
  const held = new Set<string>();
  const conflicts = new Map<Address, Conflict>();
  const hold = (address: Address, origin: string): void => {
    origins.set(address, origin);
    held.add(origin);
  };
  // Nobody can have said by mistake that a thing was made as another one.
  const [plain, renamed] = split(resources, ({ address }) => !isRenamed(address, there));
  for (const { address } of [...renamed, ...plain]) {
    if (beside.has(address)) continue;
    const names = [address, ...formerAddresses(address, moved).filter((name) => !declared.has(name))];
    const found = names.flatMap((name) =>
      newestFirst(there.get(name))
        .filter((origin) => !held.has(origin))
        .map((origin) => ({ name, origin })),
    );
    const [nearest] = found;
    if (nearest === undefined) {
      if (cameBack(address, there, declared) && !held.has(address)) hold(address, address);
      continue;
    }
    const other = found.find(({ name, origin }) => name !== nearest.name && origin !== nearest.origin);
    hold(address, nearest.origin);
    if (other !== undefined) conflicts.set(address, conflict(address, nearest.name, other.name, moved));
  }
  const taken = new Set([...there.values()].flatMap((found) => [...found]));
  for (const { address } of resources) {
    if (origins.has(address)) continue;
    const origin = beside.has(address)
      ? newer(address, there.get(address))
      : unused(address, formerAddresses(address, moved).at(-1) ?? address, taken);
    hold(address, origin);
    taken.add(origin);
  }
  // What is not declared any more goes by what it is called on the host.
  const replaced = new Map<Address, Address>();
  for (const [address, found] of there) {
    for (const origin of newestFirst(found).filter((each) => !held.has(each))) {
      const name: Address = origins.has(address) ? `${address}~${instanceOf(origin)}` : address;
      hold(name, origin);
      if (name !== address) replaced.set(name, address);
    }
  }
  return { past: pastFrom(origins, there, moved), conflicts, replaced };
}

/** Of something that was made beside another one of its name: which it is; 0 for the first. */
function instanceOf(origin: string): number {
  return Number(/\+(\d+)$/.exec(origin)?.[1] ?? 0);
}

function newestFirst(origins: ReadonlySet<string> = new Set()): readonly string[] {
  return [...origins].toSorted((a, b) => instanceOf(b) - instanceOf(a));
}

/** An origin for what is made beside all that are there. */
function newer(address: Address, there: ReadonlySet<string> = new Set()): string {
  return `${address}+${Math.max(...[...there].map(instanceOf), 0) + 1}`;
}

function originsByAddress(marks: readonly Mark[]): ReadonlyMap<Address, ReadonlySet<string>> {
  const found = new Map<Address, Set<string>>();
  for (const mark of marks) {
    const origins = found.get(mark.address) ?? new Set();
    found.set(mark.address, origins.add(originOfMark(mark)));
  }
  return found;
}

/** An origin that nothing on the host has: another one may have been made as it, and be called otherwise by now. */
function unused(address: Address, oldest: Address, taken: ReadonlySet<string>): string {
  const candidates = [oldest, address];
  const free = candidates.find((candidate) => !taken.has(candidate));
  if (free !== undefined) return free;
  for (let instance = 1; ; instance += 1) {
    if (!taken.has(`${address}+${instance}`)) return `${address}+${instance}`;
  }
}

/** Only what is not as everybody would think. */
function pastFrom(
  origins: ReadonlyMap<Address, string>,
  there: ReadonlyMap<Address, ReadonlySet<string>>,
  moved: readonly Move[],
): Past | undefined {
  const other = new Map([...origins].filter(([address, origin]) => address !== origin));
  const holders = new Map([...other].map(([address, origin]) => [origin, address]));
  const former = new Map<Address, readonly Address[]>();
  const bearers = new Map<string, Address[]>();
  for (const [name, found] of there)
    for (const origin of found) bearers.set(origin, [...(bearers.get(origin) ?? []), name]);
  for (const [address, origin] of origins) {
    const marked = bearers.get(origin) ?? [];
    // What bears an address alone, as rules do, may still bear any that it ever had.
    const names = [...marked, ...formerAddresses(address, moved), origin as Address];
    const past = [...new Set(names)].filter((name) => name !== address && !origins.has(name));
    if (past.length > 0) former.set(address, past);
  }
  return other.size + former.size === 0 ? undefined : { origins: other, holders, former };
}

function conflict(address: Address, one: Address, other: Address, moved: readonly Move[]): Conflict {
  const entry = moved.find(({ from }) => from === other);
  const issue = {
    code: 'moved.conflict' as const,
    message: `${address} cannot be what was ${other}: ${one} and ${other} are both there, and neither is touched`,
    hint: `remove the entry from \`moved\`: then ${other} is what is not declared any more, and goes`,
    ...(entry === undefined ? {} : { at: entry.at }),
  };
  return { other, issue };
}

/** What was made under that very name is there, and what it is called now is not declared: a rollback, say. */
function cameBack(
  address: Address,
  there: ReadonlyMap<Address, ReadonlySet<string>>,
  declared: ReadonlySet<Address>,
): boolean {
  return [...there].some(([name, found]) => !declared.has(name) && found.has(address));
}

function isRenamed(address: Address, there: ReadonlyMap<Address, ReadonlySet<string>>): boolean {
  return [...(there.get(address) ?? [])].some((origin) => origin !== address);
}

function split<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
