/**
 * The absolute folder that a relative path is seen from: that of the file in which it is written. Keys within the table
 * of a resource are told from each other (`boot`, `kernel`), as defaults and profiles may be written elsewhere.
 */
export type FolderAt = (...keys: readonly string[]) => string;

/**
 * A path as written, seen from an absolute folder; `.` and `..` and doubled slashes are gone. The host's file system
 * is not asked, so symbolic links stay as they are.
 */
export function resolvePath(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The folder that an absolute path of a file is in. */
export function folderOf(file: string): string {
  return resolvePath('/', `${file}/..`);
}
