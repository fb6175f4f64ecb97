import { NovaError } from '../../schema/errors.ts';
import type { Job } from './converge.ts';
import { fileOf } from './desired.ts';
import { smallDisk } from './diskSize.ts';
import { findQemu } from './lookAt.ts';
import { vmPaths } from './paths.ts';
import { diskNode } from './qemuArgs.ts';

/** ms for each answer of a QEMU */
const patience = 5_000;

/** The disk over its image. What was written over another image goes. */
export async function makeDisk({ host, place, resource, deps }: Job): Promise<void> {
  const image = resource?.spec.image;
  const base = image && fileOf(image, deps);
  if (resource === undefined || base === undefined)
    throw new NovaError('internal', `the image of ${place.address} is not known`);
  const { disk, diskMark, data } = vmPaths(place.scope, place.identity);
  const view = host.view();
  const [now, mark] = await Promise.all([view.disk(disk), view.read(diskMark)]);
  if (now === undefined || (now.backing ?? mark?.trim() ?? base) !== base) {
    const [small] = smallDisk(resource, await view.disk(base));
    if (small !== undefined) throw new NovaError(small.code, small.message, { ...small, at: resource.at });
    await host.files.remove(diskMark);
    await host.files.makeDirectory(data);
    await host.disks.overlay({ path: disk, base, size: resource.spec.disk?.size });
  }
  // Last, as it says that there is a disk.
  await host.files.write(diskMark, `${base}\n`);
}

/** Makes the disk larger; a running QEMU does it itself and tells the machine. */
export async function growDisk({ host, place, resource }: Job): Promise<void> {
  const { disk, qmp } = vmPaths(place.scope, place.identity);
  const size = resource?.spec.disk?.size;
  const view = host.view();
  const [now, processes] = await Promise.all([view.disk(disk), view.processes()]);
  if (size === undefined || now === undefined || now.size >= size) return;
  if (findQemu(processes.values(), place.identity) === undefined) return host.disks.grow(disk, size);
  const command = { execute: 'block_resize', arguments: { 'node-name': diskNode, size } };
  await host.qmp.run(qmp, [command], patience);
}
