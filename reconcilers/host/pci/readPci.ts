import type { PciHost, PciState } from './model.ts';
import { readNeeds } from './needs.ts';
import { readPlatform } from './platform.ts';
import { readDevices, readState } from './readDevices.ts';
import { type KernelTree, openTree } from './tree.ts';
import { nodesOf, readUses } from './uses.ts';
import { devicesWaitedFor } from './waitedFor.ts';

/**
 * The PCI devices of a machine, in one pass over sysfs. Reading changes nothing and wakes no device.
 * @param root a folder with `sys`, `proc`, `etc` and `lib` in it; empty: this machine
 */
export function readPci(root = ''): PciHost {
  return readPciFrom(openTree(root), root === '' ? devicesWaitedFor() : new Set());
}

/** UUIDs of the mediated devices of this machine. */
export function readMediatedNames(): readonly string[] {
  return openTree('').names('/sys/bus/mdev/devices');
}

/** One device of this machine. */
export function readPciState(address: string): PciState | undefined {
  return readState(openTree(''), address, devicesWaitedFor());
}

/** @param waitedFor addresses of devices of which only what needs no lock is read */
export function readPciFrom(tree: KernelTree, waitedFor: ReadonlySet<string> = new Set()): PciHost {
  const uses = readUses(tree);
  const bare = readDevices(tree, waitedFor);
  const needs = readNeeds(tree, bare, uses);
  const platform = readPlatform(tree, bare);
  const devices = bare.map((device) => ({
    ...device,
    product: platform.nvidia?.cards[device.address]?.model || undefined,
    uses: uses.byDevice.get(device.address) ?? [],
    needs: needs.get(device.address) ?? [],
    nodes: nodesOf(device, uses, platform.nvidia),
  }));
  return { devices, platform };
}
