import type { Address, Kind } from '../schema/manifest.ts';
import type { HostView } from './host/host.ts';
import { isMarkOf, isOurs, markOf, parseMark, type Mark, type Scope } from './identity.ts';

/**
 * The mark of a folder that holds data. It names path and inode as well: copies of a folder carry extended attributes
 * along, and a copy is not the folder.
 */
export function folderMark(
  scope: Scope,
  project: string,
  { address, path }: { readonly address: Address; readonly path: string },
  inode: number,
): string {
  return `${markOf({ scope, project, address })}@${path}:${inode}`;
}

/** Whether a text is the mark of that very folder, be it by what the resource was called before. */
export function isMarkOfFolder(
  text: string | undefined,
  owned: {
    readonly scope: Scope;
    readonly project: string;
    readonly address: Address;
    readonly path: string;
  },
  inode: number,
): boolean {
  const [mark = '', ...place] = (text ?? '').split('@');
  return isMarkOf(mark, owned) && place.join('@') === `${owned.path}:${inode}`;
}

/** The marks of everything in a folder, by path: read once per view, whoever asks. */
export async function folderMarks(view: HostView, folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = (await view.list(folder)) ?? [];
  return entries.length === 0 ? new Map() : view.marks(entries.map((entry) => `${folder}/${entry}`));
}

/** The marks of this project's resources of a kind on the folders in a folder. */
export async function marksIn(view: HostView, folder: string, kind: Kind): Promise<readonly Mark[]> {
  const texts = [...(await folderMarks(view, folder)).values()];
  return texts.flatMap((text) => {
    const mark = parseFolderMark(text);
    return isOurs(mark, view) && mark.address.startsWith(`${kind}.`) ? [mark] : [];
  });
}

/** The mark without the place. */
function parseFolderMark(text: string | undefined): Mark | undefined {
  return parseMark(text?.split('@')[0]);
}

/** Whether a text is the mark of some folder of this kind. */
export function isFolderMark(text: string, kind: string): boolean {
  return parseFolderMark(text)?.address.startsWith(`${kind}.`) === true;
}
