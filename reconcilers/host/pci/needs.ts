import { parseMountInfo } from '../mountInfo.ts';
import type { PciNeed } from './model.ts';
import type { BareDevice } from './readDevices.ts';
import { type KernelTree, lastOf } from './tree.ts';
import type { Uses } from './uses.ts';

/** What of the host stands on its devices, by their addresses. */
export function readNeeds(
  tree: KernelTree,
  devices: readonly BareDevice[],
  uses: Uses,
): ReadonlyMap<string, readonly PciNeed[]> {
  const needs = new Map<string, PciNeed[]>();
  const add = (addresses: readonly string[], need: PciNeed): void => {
    for (const address of addresses) needs.set(address, [...(needs.get(address) ?? []), need]);
  };
  for (const [target, disk] of mounted(tree))
    for (const each of siblings(tree, disk))
      add(carriers(tree, uses, each), { what: 'mount', target, disk: each });
  for (const disk of swaps(tree)) add(carriers(tree, uses, disk), { what: 'swap', disk });
  for (const link of uplinks(tree)) {
    for (const lowest of lowerLinks(tree, link)) add(uses.of('link', lowest), { what: 'uplink', link });
  }
  const shown = shownOn(tree, devices, uses);
  if (shown !== undefined) add(shown.addresses, { what: 'console', by: shown.by });
  for (const { connector, card } of screens(tree))
    add(uses.of('display', card), { what: 'screen', connector });
  return needs;
}

/** Mount points on disks, with the disk: by its number, or where a filesystem has one of its own (btrfs), by its name. */
function mounted(tree: KernelTree): ReadonlyMap<string, string> {
  const text = tree.text('/proc/self/mountinfo') ?? '';
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [mount] = parseMountInfo(line);
    if (mount === undefined) continue;
    const number = line.split(' ')[2] ?? '';
    const byNumber = number.startsWith('0:') ? undefined : lastOf(tree.link(`/sys/dev/block/${number}`));
    const disk = byNumber ?? (mount.source.startsWith('/dev/') ? nodeName(tree, mount.source) : undefined);
    // Of several mounts of one disk the first is told, which is that of the root.
    if (disk !== undefined && ![...found.values()].includes(disk)) found.set(mount.target, disk);
  }
  return found;
}

/** A filesystem of btrfs lies on several disks, of which one is named where it is mounted. */
function siblings(tree: KernelTree, disk: string): readonly string[] {
  const folder = '/sys/fs/btrfs';
  const sets = tree.names(folder).map((name) => tree.names(`${folder}/${name}/devices`));
  return sets.find((names) => names.includes(disk)) ?? [disk];
}

/** `/dev/mapper/…` are symbolic links to what is in `/sys/class/block`. */
function nodeName(tree: KernelTree, path: string): string | undefined {
  return lastOf(tree.link(path)) ?? lastOf(path);
}

function swaps(tree: KernelTree): readonly string[] {
  const [, ...lines] = (tree.text('/proc/swaps') ?? '').split('\n');
  return lines.flatMap((line) => {
    const [path = '', type] = line.split(/\s+/);
    return type === 'partition' ? (nodeName(tree, path) ?? []) : [];
  });
}

/** The devices under a disk, down through LVM, encryption and RAID. */
function carriers(tree: KernelTree, uses: Uses, disk: string): readonly string[] {
  return [...closure(disk, (name) => tree.names(`/sys/class/block/${name}/slaves`))].flatMap((name) =>
    uses.of('disk', name),
  );
}

/** Links of the default routes, of IPv4 and IPv6 (proc(5): `/proc/net/route`). */
function uplinks(tree: KernelTree): ReadonlySet<string> {
  const rows = (path: string) => (tree.text(path) ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  const four = rows('/proc/net/route').filter(
    ([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000',
  );
  const six = rows('/proc/net/ipv6_route').filter(
    ([destination, length]) => length === '00' && /^0+$/.test(destination ?? ''),
  );
  const names = [...four.map(([name]) => name), ...six.map((row) => row.at(-1))];
  return new Set(names.flatMap((name) => (name === undefined || name === 'lo' ? [] : [name])));
}

/** A link with all under it: ports of a bridge or a bond, the link of a VLAN. */
function lowerLinks(tree: KernelTree, link: string): ReadonlySet<string> {
  return closure(link, (name) =>
    tree
      .names(`/sys/class/net/${name}`)
      .flatMap((entry) => (entry.startsWith('lower_') ? entry.slice('lower_'.length) : [])),
  );
}

/**
 * What shows the host's console: the first framebuffer, where a console is bound to framebuffers. One of the firmware's
 * (`EFI VGA`, `simple`) is on no device in older kernels, and text (`VGA+`) never: then it is the device on which the
 * firmware has shown its messages.
 */
function shownOn(
  tree: KernelTree,
  devices: readonly BareDevice[],
  uses: Uses,
): { readonly by: string; readonly addresses: readonly string[] } | undefined {
  const bound = tree
    .names('/sys/class/vtconsole')
    .filter((name) => tree.text(`/sys/class/vtconsole/${name}/bind`) === '1')
    .map((name) => tree.text(`/sys/class/vtconsole/${name}/name`) ?? '');
  const boot = devices.filter(({ bootVga }) => bootVga === true).map(({ address }) => address);
  if (bound.some((what) => what.includes('frame buffer'))) {
    const frame = tree.names('/sys/class/graphics').find((name) => /^fb\d+$/.test(name));
    const addresses = frame === undefined ? [] : uses.of('framebuffer', frame);
    const by = (frame && tree.text(`/sys/class/graphics/${frame}/name`)) ?? 'framebuffer';
    return { by, addresses: addresses.length > 0 ? addresses : boot };
  }
  return bound.some((what) => what.includes('VGA+')) ? { by: 'VGA text', addresses: boot } : undefined;
}

/** Connectors of cards with a screen on them. */
function screens(tree: KernelTree): readonly { readonly connector: string; readonly card: string }[] {
  return tree.names('/sys/class/drm').flatMap((connector) => {
    const [, card] = /^(card\d+)-./.exec(connector) ?? [];
    const shown = card !== undefined && tree.text(`/sys/class/drm/${connector}/status`) === 'connected';
    return shown ? [{ connector: connector.slice(card.length + 1), card }] : [];
  });
}

function closure(first: string, next: (name: string) => readonly string[]): ReadonlySet<string> {
  const seen = new Set([first]);
  for (const name of seen) for (const each of next(name)) seen.add(each);
  return seen;
}
