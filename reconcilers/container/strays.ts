import type { Address } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import { formatMark, ownedAddress, tableName, type Mark } from '../identity.ts';
import { marksAmong, ownerMarks } from '../ownerMarks.ts';
import { owners } from '../network/rules/projectTable.ts';
import { presentName } from '../past.ts';
import { dataFolders, runFolders } from './paths.ts';

/** The marks on everything of this project's containers. */
export async function marks(view: HostView): Promise<readonly Mark[]> {
  const [links, ...files] = await Promise.all([
    view.links(),
    ...[runFolders(view.scope), dataFolders(view.scope)].map((folder) => ownerMarks(view, folder)),
  ]);
  return marksAmong(view, 'container', [...links.map(({ alias }) => alias), ...files.flat()]);
}

/** Addresses of this project's containers that anything on the host carries the mark of, sorted. */
export async function ownedAddresses(view: HostView): Promise<readonly Address[]> {
  const { scope, project } = view;
  const [found, tables] = await Promise.all([marks(view), view.tables()]);
  const marked = found.flatMap((mark) => ownedAddress({ scope, project }, formatMark(mark)) ?? []);
  const ruled = owners(tables, tableName(scope, project))
    .filter((address) => address.startsWith('container.'))
    .map((address) => presentName(scope, address));
  return [...new Set([...marked, ...ruled])].toSorted();
}
