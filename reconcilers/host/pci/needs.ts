import { parseMountInfo } from '../mountInfo.ts';
import type { PciNeed } from './model.ts';
import { type KernelTree, lastOf } from './tree.ts';
import type { Uses } from './uses.ts';

/** Why the host cannot do without some of its devices, by their addresses. */
export function readNeeds(tree: KernelTree, uses: Uses): ReadonlyMap<string, readonly PciNeed[]> {
  const needs = new Map<string, PciNeed[]>();
  const add = (addresses: readonly string[], need: PciNeed): void => {
    for (const address of addresses) needs.set(address, [...(needs.get(address) ?? []), need]);
  };
  for (const [target, disk] of mounted(tree))
    add(carriers(tree, uses, disk), { what: 'mount', target, disk });
  for (const disk of swaps(tree)) add(carriers(tree, uses, disk), { what: 'swap', disk });
  for (const link of uplinks(tree)) {
    for (const lowest of lowerLinks(tree, link)) add(uses.of('link', lowest), { what: 'uplink', link });
  }
  for (const { framebuffer, addresses } of consoles(tree, uses))
    add(addresses, { what: 'console', by: framebuffer });
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
 * What shows the host's console: a framebuffer that a console is bound to. One of the firmware's (`efifb`,
 * `simple-framebuffer`) is on no device in older kernels: then the one that the firmware has shown its messages on.
 */
function consoles(
  tree: KernelTree,
  uses: Uses,
): readonly { readonly framebuffer: string; readonly addresses: readonly string[] }[] {
  const bound = tree.names('/sys/class/vtconsole').filter((name) => {
    const what = tree.text(`/sys/class/vtconsole/${name}/name`) ?? '';
    return what.includes('frame buffer') && tree.text(`/sys/class/vtconsole/${name}/bind`) === '1';
  });
  if (bound.length === 0) return [];
  const frames = tree.names('/sys/class/graphics').filter((name) => /^fb\d+$/.test(name));
  return frames.slice(0, 1).map((name) => ({
    framebuffer: tree.text(`/sys/class/graphics/${name}/name`) ?? name,
    addresses: uses.of('framebuffer', name),
  }));
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
