import type { HostView } from '../host/host.ts';
import type { PciDevice } from '../host/pci/model.ts';
import { vfio } from './handOver.ts';
import type { DeviceNode } from './parts.ts';

/** The nodes of devices that the host drives, by address, with their numbers. */
export async function nodesOf(
  view: HostView,
  devices: readonly PciDevice[],
): Promise<Readonly<Record<string, readonly DeviceNode[]>>> {
  const driven = devices.filter(({ driver, nodes }) => driver !== vfio && nodes.length > 0);
  const found = await Promise.all(
    driven.map(async ({ address, nodes }) => {
      const numbered = await Promise.all(nodes.map((path) => numbersOf(view, path)));
      return [address, numbered.flat()] as const;
    }),
  );
  return Object.fromEntries(found);
}

/** `st_rdev` as Linux packs it (include/linux/kdev_t.h: `new_encode_dev`). */
async function numbersOf(view: HostView, path: string): Promise<readonly DeviceNode[]> {
  const device = (await view.tree(path))?.[0]?.device ?? 0;
  if (device === 0) return [];
  return [{ path, major: (device >>> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) }];
}
