import type { Address } from '../schema/manifest.ts';
import { formatMark, parseMark, type Scope } from './identity.ts';

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
  return `${formatMark({ scope: scope.id, project, address })}@${path}:${inode}`;
}

/** Whether a text is the mark of some folder of this kind. */
export function isFolderMark(text: string, kind: string): boolean {
  const [mark] = text.split('@');
  return parseMark(mark)?.address.startsWith(`${kind}.`) === true;
}
