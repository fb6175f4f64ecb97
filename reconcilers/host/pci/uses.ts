import type { NvidiaDriver, PciDevice, PciUse } from './model.ts';
import type { KernelTree } from './tree.ts';

/** What the host makes of its devices: disks, links, displays, sound. */
export interface Uses {
  readonly byDevice: ReadonlyMap<string, readonly PciUse[]>;
  /** Addresses of the devices that a name of a class stands on, as `block/sda`. */
  readonly of: (as: PciUse['as'], name: string) => readonly string[];
  /** Device nodes that the classes make, by device. */
  readonly nodes: ReadonlyMap<string, readonly string[]>;
}

const classes: Readonly<Record<PciUse['as'], { readonly folder: string; readonly name: RegExp }>> = {
  disk: { folder: 'block', name: /^(?!loop|ram|zram|dm-|md)/ },
  link: { folder: 'net', name: /./ },
  display: { folder: 'drm', name: /^card\d+$/ },
  connector: { folder: 'drm', name: /^card\d+-./ },
  sound: { folder: 'sound', name: /^card\d+$/ },
  framebuffer: { folder: 'graphics', name: /^fb\d+$/ },
};

/** Classes whose members are nodes of the device that a container can be given, and where those are. */
const nodeFolders: readonly (readonly [folder: string, name: RegExp, at: string])[] = [
  ['drm', /^(card|renderD)\d+$/, '/dev/dri/'],
  ['accel', /^accel\d+$/, '/dev/accel/'],
];

/** One look at each class: where its members are says on which device they stand. */
export function readUses(tree: KernelTree): Uses {
  const byDevice = new Map<string, PciUse[]>();
  const byName = new Map<string, readonly string[]>();
  for (const as of Object.keys(classes) as PciUse['as'][]) {
    const { folder, name: form } = classes[as];
    for (const name of tree.names(`/sys/class/${folder}`).filter((each) => form.test(each))) {
      const addresses = devicesBelow(tree, `/sys/class/${folder}/${name}`);
      byName.set(`${as}/${name}`, addresses);
      // Partitions are disks of their own here, and said of the whole disk.
      if (as === 'disk' && isPartition(tree, name)) continue;
      for (const address of addresses)
        byDevice.set(address, [...(byDevice.get(address) ?? []), { as, name: shortOf(as, name) }]);
    }
  }
  return { byDevice, of: (as, name) => byName.get(`${as}/${name}`) ?? [], nodes: readNodes(tree) };
}

/** `card0-DP-1` is the connector DP-1. */
function shortOf(as: PciUse['as'], name: string): string {
  return as === 'connector' ? name.slice(name.indexOf('-') + 1) : name;
}

function isPartition(tree: KernelTree, name: string): boolean {
  return tree.text(`/sys/class/block/${name}/partition`) !== undefined;
}

const inPath = /\/([0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7])(?=\/)/g;

/**
 * The device nearest to a member of a class. NVMe with several ways to one disk shows the disk below none of them: then
 * all controllers of its subsystem.
 */
function devicesBelow(tree: KernelTree, path: string): readonly string[] {
  const target = tree.link(path) ?? '';
  const nearest = [...target.matchAll(inPath)].at(-1)?.[1];
  if (nearest !== undefined) return [nearest];
  const [, subsystem] = /\/(nvme-subsys\d+)\//.exec(target) ?? [];
  if (subsystem === undefined) return [];
  const folder = `/sys/class/nvme-subsystem/${subsystem}`;
  const controllers = tree.names(folder).filter((name) => /^nvme\d+$/.test(name));
  return controllers.flatMap((name) => devicesBelow(tree, `${folder}/${name}`));
}

function readNodes(tree: KernelTree): ReadonlyMap<string, readonly string[]> {
  const nodes = new Map<string, string[]>();
  for (const [folder, form, at] of nodeFolders) {
    for (const name of tree.names(`/sys/class/${folder}`).filter((each) => form.test(each))) {
      for (const address of devicesBelow(tree, `/sys/class/${folder}/${name}`))
        nodes.set(address, [...(nodes.get(address) ?? []), `${at}${name}`]);
    }
  }
  return nodes;
}

/** Nodes that reach this device and no other. */
export function nodesOf(
  { address, driver, group }: Pick<PciDevice, 'address' | 'driver' | 'group'>,
  uses: Uses,
  nvidia: NvidiaDriver | undefined,
): readonly string[] {
  const minor = driver === 'nvidia' ? nvidia?.cards[address]?.minor : undefined;
  return [
    ...(uses.nodes.get(address) ?? []),
    ...(minor === undefined ? [] : [`/dev/nvidia${minor}`]),
    ...(driver === 'vfio-pci' && group !== undefined ? [`/dev/vfio/${group}`] : []),
  ];
}
