import type { Address } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import { type Mark, parseMark, tableName } from '../identity.ts';
import { owners } from '../network/ruleset.ts';
import { dataFolders, runFolders } from './paths.ts';

/** Addresses of this project's containers that anything on the host carries the mark of, sorted. */
export async function ownedAddresses(view: HostView): Promise<readonly Address[]> {
  const [links, tables, ...folders] = await Promise.all([
    view.links(),
    view.tables(),
    ...[runFolders(view.scope), dataFolders(view.scope)].map((folder) => marksIn(view, folder)),
  ]);
  const marks = [...links.map(({ alias }) => parseMark(alias)), ...folders.flat()];
  const marked = marks.filter((mark) => isOurs(view, mark)).map(({ address }) => address);
  const ruled = owners(tables, tableName(view.scope, view.project));
  return [...new Set([...marked, ...ruled].filter((address) => address.startsWith('container.')))].toSorted();
}

async function marksIn(view: HostView, folder: string): Promise<readonly (Mark | undefined)[]> {
  const names = (await view.list(folder)) ?? [];
  const owned = names.filter((name) => name.endsWith('.owner'));
  return Promise.all(owned.map(async (name) => parseMark((await view.read(`${folder}/${name}`))?.trim())));
}

function isOurs(view: HostView, mark: Mark | undefined): mark is Mark {
  return mark !== undefined && mark.scope === view.scope.id && mark.project === view.project;
}
