import { tombstoneOf } from '../forgotten.ts';
import { currentRecord, keepRecord } from '../gpu/recordFile.ts';
import { linkName, markOf } from '../identity.ts';
import type { Job } from './converge.ts';
import { dataFolders, runFolders, vmPaths } from './paths.ts';

/** The files that say whose everything is. */
export async function writeOwners({ host, place }: Job): Promise<void> {
  const { runOwner, dataOwner } = vmPaths(place.scope, place.identity);
  for (const path of [runOwner, dataOwner]) await host.files.write(path, `${markOf(place)}\n`);
}

/** What it was called before stands in its marks. */
export async function takeOver(job: Job): Promise<void> {
  const { host, place } = job;
  const link = linkName(place.identity);
  if ((await host.view().links()).some(({ name }) => name === link))
    await host.links.change([{ argv: ['link', 'set', 'dev', link, 'alias', markOf(place)] }]);
  await writeOwners(job);
  await markRecord(job, markOf(place));
}

async function markRecord({ host, place }: Job, mark: string | undefined): Promise<void> {
  const record = await currentRecord(host, place);
  if (record !== undefined) await keepRecord(host, place, { ...record, mark });
}

/** Nova's marks go, and all that they are on stays as it is. What says whose it is is the last to change. */
export async function giveUp(job: Job): Promise<void> {
  const { host, place } = job;
  await markRecord(job, undefined);
  const { runOwner, dataOwner } = vmPaths(place.scope, place.identity);
  const link = linkName(place.identity);
  if ((await host.view().links()).some(({ name }) => name === link))
    await host.links.change([{ argv: ['link', 'set', 'dev', link, 'alias', ''] }]);
  for (const path of [dataOwner, runOwner]) await host.files.write(path, tombstoneOf(place));
}

/** Everything that is left; what says whose it was goes last. */
export async function removeFiles({ host, place }: Job): Promise<void> {
  const { scope, identity } = place;
  const { cgroup, data, run, diskMark, dataOwner, runOwner } = vmPaths(scope, identity);
  await host.cgroups.remove(cgroup);
  for (const path of [data, run, diskMark, dataOwner, runOwner]) await host.files.remove(path);
  for (const folder of [runFolders(scope), scope.run, dataFolders(scope), scope.data]) {
    await host.files.removeEmpty(folder);
  }
}
