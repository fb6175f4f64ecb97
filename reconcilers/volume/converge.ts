import { NovaError } from '../../schema/errors.ts';
import type { VolumeSpec } from '../../schema/volume.ts';
import { folderMark, isMarkOfFolder } from '../folderMark.ts';
import type { Host } from '../host/host.ts';
import type { Work } from '../reconciler.ts';
import type { VolumeStep } from './diff.ts';
import { projectFolder, volumePlace, volumesFolder, type VolumePlace } from './place.ts';
import type { VolumeSeen } from './seen.ts';

/** Runs one step; running it again changes nothing more. A folder that is not the volume is never touched. */
export async function converge(
  host: Host,
  { address, step, resource }: Pick<Work<'volume', VolumeSeen, VolumeStep>, 'address' | 'step' | 'resource'>,
): Promise<void> {
  const place = volumePlace(host.scope, host.project, address);
  if (step.id === 'unfinished') return removeUnfinished(host, place);
  if (step.id === 'delete') return remove(host, place);
  if (step.id === 'forget') return giveUp(host, place);
  if (resource === undefined)
    throw new NovaError('internal', `${address} cannot do step ${step.id} without being declared`);
  const { mode, owner } = resource.spec;
  const [uid, gid] = ids(owner);
  if (step.id === 'create') return create(host, place, resource.spec);
  if (step.id === 'adopt') return mark(host, place, place.path);
  if (!(await isOurs(host, place))) throw foreign(place);
  if (step.id === 'moved') return mark(host, place, place.path);
  if (step.id === 'owner') return host.files.chown(place.path, uid, gid);
  return host.files.chmod(place.path, Number.parseInt(mode, 8));
}

/** Made and marked beside its place, so that a folder at its place always carries the mark; the inode stays. */
async function create(host: Host, place: VolumePlace, { mode, owner }: VolumeSpec): Promise<void> {
  const { path, temporary } = place;
  if ((await host.view().stat(path)) !== undefined) {
    if (await isOurs(host, place)) return;
    throw foreign(place);
  }
  const [uid, gid] = ids(owner);
  await host.files.makeDirectory(temporary);
  await host.files.chown(temporary, uid, gid);
  await host.files.chmod(temporary, Number.parseInt(mode, 8));
  await mark(host, place, temporary);
  await host.files.rename(temporary, path);
}

async function mark(host: Host, place: VolumePlace, folder: string): Promise<void> {
  const stat = await host.view().stat(folder);
  if (stat?.type !== 'directory')
    throw new NovaError('host.file', `${folder} is not a folder`, { hint: 'remove it' });
  await host.files.mark(folder, folderMark(host.scope, host.project, place, stat.inode));
}

async function giveUp(host: Host, place: VolumePlace): Promise<void> {
  if (await isOurs(host, place)) await host.files.unmark(place.path);
}

async function remove(host: Host, place: VolumePlace): Promise<void> {
  if (await isOurs(host, place)) await host.files.remove(place.path);
  await removeParents(host);
}

async function removeUnfinished(host: Host, { temporary }: VolumePlace): Promise<void> {
  await host.files.removeEmpty(temporary);
  await removeParents(host);
}

async function removeParents({ files, scope, project }: Host): Promise<void> {
  await files.removeEmpty(projectFolder(scope, project));
  await files.removeEmpty(volumesFolder(scope));
}

async function isOurs(host: Host, place: VolumePlace): Promise<boolean> {
  const view = host.view();
  const [stat, marks] = await Promise.all([view.stat(place.path), view.marks([place.path])]);
  if (stat?.type !== 'directory') return false;
  return isMarkOfFolder(marks.get(place.path), { ...host, ...place }, stat.inode);
}

function ids(owner: string): readonly [number, number] {
  const [uid, gid] = owner.split(':').map(Number);
  if (uid === undefined || gid === undefined)
    throw new NovaError('schema.value', `owner ${owner} is not uid:gid`);
  return [uid, gid];
}

function foreign({ address, path }: VolumePlace): NovaError {
  return new NovaError('host.foreign', `${address}: ${path} is not the folder that Nova made`, {
    hint: 'move it elsewhere, apply, and copy what was in it into the new folder',
  });
}
