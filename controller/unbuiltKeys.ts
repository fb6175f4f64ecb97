import { registry } from '../reconcilers/registry.ts';
import { keysOf } from '../schema/keys.ts';
import { declaredKinds } from '../schema/kinds.ts';
import type { Kind, Resource } from '../schema/manifest.ts';
import { parseNovaFile } from '../schema/parse.ts';
import type { IsUnbuilt } from '../schema/reference.ts';

/**
 * Which keys this version only reads: the reconcilers are asked about the example of each. A kind of which nothing is
 * built says so of the empty label.
 */
export async function findUnbuilt(): Promise<IsUnbuilt> {
  const found = await Promise.all(declaredKinds.map(async (kind) => [kind, await unbuiltOf(kind)] as const));
  const unbuilt = new Map(found);
  return (kind, label) => {
    const plain = label.replaceAll('[]', '');
    return [...(unbuilt.get(kind) ?? [])].some((path) => plain === path || plain.startsWith(`${path}.`));
  };
}

async function unbuiltOf(kind: Kind): Promise<ReadonlySet<string>> {
  const paths = await Promise.all(
    keysOf(kind).map(async ({ path, doc }) => {
      const spec = await specWith(kind, doc?.example ?? '');
      const told = spec === undefined ? [] : registry[kind].unbuilt(spec).map((unbuilt) => unbuilt.path);
      // What goes with the line is not what the line is about.
      return told.filter((each) => each === '' || path.join('.') === each);
    }),
  );
  return new Set(paths.flat());
}

async function specWith(kind: Kind, line: string): Promise<Resource['spec'] | undefined> {
  const name = line.split(/[ .]/)[0] ?? '';
  // Nobody is on one network twice: examples of further ones are on the first as well.
  const replaced = name === 'nics' ? [name, 'network'] : [name];
  const needed = (around[kind] ?? []).filter((other) => !replaced.some((key) => other.startsWith(`${key} `)));
  const declared =
    kind === 'network' ? '' : '[network.lan]\nsubnet = "192.168.77.1/24"\nsubnet6 = "fd00:77::1/64"\n';
  const text = `project = "lab"\n${declared}[network.dmz]\nsubnet = "10.66.0.1/24"\n[gpu.card]\nslot = "1"\nsriov_vfs = 9\n[volume.data]\ntype = "raw"\nsize = "1Gi"\n[${kind}.x]\n${[...needed, line].join('\n')}\n`;
  const parsed = await parseNovaFile({ text, file: '/NovaFile.toml' });
  if ('issues' in parsed) return undefined;
  return parsed.manifest.resources.find(({ address }) => address === `${kind}.x`)?.spec;
}

/** What a table of a kind cannot be without. */
const around: Readonly<Record<Kind, readonly string[]>> = {
  network: ['subnet = "192.168.77.1/24"', 'subnet6 = "fd00:77::1/64"'],
  volume: [],
  image: [],
  gpu: ['slot = "2"'],
  container: ['capsule = "./rootfs"', 'network = "lan"'],
  vm: ['image = "./disk.qcow2"', 'network = "lan"'],
};
