import { imageOf } from './capsule.ts';
import type { DiskSource } from './disks.ts';
import type { Draft, MemberDraft, VmDraft } from './draft.ts';
import type { GpuSelection } from './gpuSelection.ts';
import { addressOf, parseAddress } from './kinds.ts';
import type { Address, Kind } from './manifest.ts';
import { quote, type Path, type Problem } from './problem.ts';
import { suggest } from './suggest.ts';
import { isSensitive, textOf } from './sensitive.ts';
import { formatReference, references } from './template.ts';
import { imageAddress } from './imageSource.ts';

/** One resource refers to another. */
export interface Edge {
  readonly from: Address;
  readonly to: Address;
  /** Where the reference is written. */
  readonly path: Path;
  readonly within?: string;
}

/** Everything that a resource refers to, in the order of its keys. */
export function edgesOf(draft: Draft): readonly Edge[] {
  const declared = draft.depends_on.flatMap((written, index) => {
    const to = parseAddress(written);
    return to === undefined ? [] : [edge(draft, to, ['depends_on', index])];
  });
  const templates = textsOf(draft).flatMap(({ text, path }) =>
    references(text).map((reference) => edge(draft, reference.address, path, formatReference(reference))),
  );
  if (draft.kind === 'vm') return [...templates, ...edgesOfVm(draft), ...declared];
  if (draft.kind !== 'container') return declared;
  const { capsule, network, volumes } = draft.spec;
  const image = imageOf(capsule);
  const mounts = volumes.flatMap(({ source }, index) => {
    if (source.type !== 'volume') return [];
    return [edge(draft, addressOf('volume', source.name), ['volumes', index], source.name)];
  });
  return [
    ...templates,
    ...mounts,
    ...edgesToGpus(draft, 'gpus', draft.spec.gpus),
    ...edgesToNetworks(draft),
    ...(image === undefined ? [] : [edge(draft, imageAddress(image), ['capsule'])]),
    ...(network === undefined ? [] : [edge(draft, addressOf('network', network.name), ['network', 'name'])]),
    ...declared,
  ];
}

function edgesOfVm(draft: VmDraft): readonly Edge[] {
  const { image, boot, network, disks = [], shares = [] } = draft.spec;
  const sources = [
    { source: image, path: ['image'] },
    { source: boot?.kernel, path: ['boot', 'kernel'] },
    { source: boot?.initrd, path: ['boot', 'initrd'] },
  ];
  return [
    ...sources.flatMap(({ source, path }) =>
      source?.type === 'image' ? [edge(draft, imageAddress(source.name), path, source.name)] : [],
    ),
    ...edgesToGpus(draft, 'gpu_passthrough', draft.spec.gpu_passthrough),
    ...edgesToNetworks(draft),
    ...edgesToVolumes(draft, 'disks', disks),
    ...edgesToVolumes(draft, 'shares', shares),
    ...(network === undefined ? [] : [edge(draft, addressOf('network', network.name), ['network', 'name'])]),
  ];
}

/** Beside the first one. */
function edgesToNetworks(draft: MemberDraft): readonly Edge[] {
  return (draft.spec.nics ?? []).map(({ network }, index) =>
    edge(draft, addressOf('network', network), ['nics', index, 'network'], network),
  );
}

function edgesToVolumes(
  draft: Draft,
  key: string,
  list: readonly { readonly source: DiskSource }[],
): readonly Edge[] {
  return list.flatMap(({ source }, index) =>
    source.type === 'volume'
      ? [edge(draft, addressOf('volume', source.name), [key, index], source.name)]
      : [],
  );
}

function edgesToGpus(
  draft: Draft,
  key: string,
  selection: boolean | readonly GpuSelection[] | undefined,
): readonly Edge[] {
  if (typeof selection !== 'object') return [];
  return selection.map(({ name }, index) => edge(draft, addressOf('gpu', name), [key, index], name));
}

/**
 * Keys, or keys in their tables, below which texts may hold what is known only after apply, as `${container.db.ip}`: those of
 * {@link textsOf}.
 */
const lateKeys: Partial<Record<Kind, readonly (readonly string[])[]>> = {
  container: [['command'], ['env'], ['health', 'exec']],
  vm: [['boot', 'cmdline']],
};

/** Whether it is one of those, or something below one: `true`, or the keys in its table that are. */
export function lateBelow(kind: Kind, key: string): true | readonly string[] {
  const found = (lateKeys[kind] ?? []).filter(([first]) => first === key);
  if (found.some(({ length }) => length === 1)) return true;
  return found.flatMap(([, inner]) => inner ?? []);
}

/** Strings of a resource in which templates are replaced; paths within its table. */
export function textsOf(draft: Draft): readonly { readonly text: string; readonly path: Path }[] {
  if (draft.kind === 'vm') {
    const { boot } = draft.spec;
    return boot === undefined ? [] : [{ text: boot.cmdline, path: ['boot', 'cmdline'] }];
  }
  if (draft.kind !== 'container') return [];
  const { command: argv = [], health } = draft.spec;
  const command = argv.map((text, index) => ({ text, path: ['command', index] }));
  const asked = (health?.exec ?? []).map((text, index) => ({ text, path: ['health', 'exec', index] }));
  // The value of a secret is no text of the NovaFile's: nothing in it is replaced.
  const env = Object.entries(draft.spec.env).flatMap(([name, item]) =>
    isSensitive(item) && !item.written ? [] : [{ text: textOf(item), path: ['env', name] }],
  );
  return [...command, ...env, ...asked];
}

function edge({ kind, name, address }: Draft, to: Address, path: Path, within?: string): Edge {
  return { from: address, to, path: [kind, name, ...path], ...(within === undefined ? {} : { within }) };
}

/** References to nothing. */
export function checkReferences(
  drafts: readonly Draft[],
  edges: readonly Edge[],
  declared: ReadonlySet<Address>,
): readonly Problem[] {
  // The image of a registry is declared by the capsule that names it: while one is wrong, it may be that one.
  const unsure = drafts.some(({ kind, broken }) => kind === 'container' && broken.has('capsule'));
  const dangling = edges.filter(({ to }) => !declared.has(to) && !(unsure && /^image\..*[:@]/.test(to)));
  const unreadable = drafts.flatMap(noAddresses);
  if (dangling.length + unreadable.length === 0) return [];
  const names = namesOf(declared);
  return [
    ...dangling.map((found, index) => missing(found, index < mostGuesses ? names : namesOf(new Set()))),
    ...unreadable.map(({ path, written, index }, position): Problem => ({
      code: 'reference.missing',
      message: `depends_on[${index}] must be a kind and a name with a dot between them, not ${quote(written)}`,
      hint: hintFor(
        guess(written, position < mostGuesses ? names.all : [], names),
        'for example "container.db"',
      ),
      path,
    })),
  ];
}

/** A file with thousands of them is broken in another way, and guessing takes time. */
const mostGuesses = 100;

/** What could have been meant. */
interface Names {
  readonly all: readonly Address[];
  readonly byKind: ReadonlyMap<string, readonly Address[]>;
  readonly byName: ReadonlyMap<string, Address>;
}

function namesOf(declared: ReadonlySet<Address>): Names {
  const all = [...declared];
  const byName = new Map(all.map((address) => [address.slice(address.indexOf('.') + 1), address]));
  return { all, byKind: Map.groupBy(all, kindOf), byName };
}

function missing({ from, to, path, within }: Edge, names: Names): Problem {
  const ofKind = names.byKind.get(kindOf(to)) ?? [];
  const found = path[2] === 'depends_on' ? guess(to, names.all, names) : suggest(to, ofKind);
  // Nothing waits for itself.
  const meant = found === from ? undefined : found;
  return {
    code: 'reference.missing',
    message: `${from} refers to ${to}, which is not declared`,
    hint: hintFor(meant, declareHint(to, ofKind)),
    path,
    ...(within === undefined ? {} : { within }),
  };
}

function guess(written: string, candidates: readonly Address[], { byName }: Names): Address | undefined {
  return suggest(written, candidates) ?? byName.get(written.slice(written.indexOf('.') + 1));
}

function hintFor(meant: Address | undefined, otherwise: string): string {
  return meant === undefined ? otherwise : `did you mean ${meant}?`;
}

function declareHint(to: Address, candidates: readonly Address[]): string {
  const add = `declare it with [${to}]`;
  return candidates.length === 0 || candidates.length > 8
    ? add
    : `${add}; declared: ${candidates.join(', ')}`;
}

function kindOf(address: Address): string {
  return address.slice(0, address.indexOf('.'));
}

/** `depends_on = ["db"]`: an address has its kind before it. */
function noAddresses({ kind, name, depends_on }: Draft) {
  return depends_on.flatMap((written, index) => {
    return parseAddress(written) === undefined
      ? [{ path: [kind, name, 'depends_on', index], written, index }]
      : [];
  });
}
