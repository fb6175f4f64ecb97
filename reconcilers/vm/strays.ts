import type { Address } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import { type Mark, parseMark } from '../identity.ts';
import { dataFolders, runFolders } from './paths.ts';

/** Addresses of this project's machines that anything on the host carries the mark of, sorted. */
export async function ownedAddresses(view: HostView): Promise<readonly Address[]> {
  const folders = [runFolders(view.scope), dataFolders(view.scope)];
  const [links, ...files] = await Promise.all([
    view.links(),
    ...folders.map((folder) => marksIn(view, folder)),
  ]);
  const marks = [...links.map(({ alias }) => parseMark(alias)), ...files.flat()];
  const ours = marks.filter((mark) => isOurs(view, mark)).map(({ address }) => address);
  return [...new Set(ours.filter((address) => address.startsWith('vm.')))].toSorted();
}

async function marksIn(view: HostView, folder: string): Promise<readonly (Mark | undefined)[]> {
  const names = (await view.list(folder)) ?? [];
  const owned = names.filter((name) => name.endsWith('.owner'));
  return Promise.all(owned.map(async (name) => parseMark((await view.read(`${folder}/${name}`))?.trim())));
}

function isOurs(view: HostView, mark: Mark | undefined): mark is Mark {
  return mark !== undefined && mark.scope === view.scope.id && mark.project === view.project;
}
