import type { Address } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import { readRecords } from '../gpu/record.ts';
import { formatMark, ownedAddress, type Mark } from '../identity.ts';
import { marksAmong, ownerMarks } from '../ownerMarks.ts';
import { dataFolders, runFolders } from './paths.ts';

/** The marks on everything of this project's machines. */
export async function marks(view: HostView): Promise<readonly Mark[]> {
  const [links, devices, ...files] = await Promise.all([
    view.links(),
    readRecords(view, view.scope),
    ...[runFolders(view.scope), dataFolders(view.scope)].map((folder) => ownerMarks(view, folder)),
  ]);
  const texts = [...links.map(({ alias }) => alias), ...devices.map(({ mark }) => mark), ...files.flat()];
  return marksAmong(view, 'vm', texts);
}

/** Addresses of this project's machines that anything on the host carries the mark of, sorted. */
export async function ownedAddresses(view: HostView): Promise<readonly Address[]> {
  const found = (await marks(view)).flatMap((mark) => ownedAddress(view, formatMark(mark)) ?? []);
  return [...new Set(found)].toSorted();
}
