import type { FileStat } from './view.ts';

/** A file of a tree, as lstat(2) sees it. */
export interface TreeEntry extends FileStat {
  /** Below the tree's root, as `/bin/sh`; empty for the root itself. */
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** ns since the epoch */
  readonly mtime: bigint;
  /** ns since the epoch */
  readonly ctime: bigint;
  /** What a symbolic link holds. */
  readonly target: string | undefined;
  /** Number of a device; 0 for everything else. */
  readonly device: number;
}

/** Trees of files, as images are made of. Whatever is at `to` is replaced; all is on the disk when it resolves. */
export interface Trees {
  /** A file, or a folder with everything in it: owners, modes, times, links, holes and attributes. Reflinked where possible. */
  copy(from: string, to: string): Promise<void>;
  /** Makes a folder of exactly these entries, each after the folder that it is in; all of it belongs to root. */
  assemble(entries: readonly TreePart[], to: string): Promise<void>;
  /** Makes a gzip'd newc archive of a folder: the same bytes for the same paths, modes, links and contents. */
  pack(folder: string, to: string): Promise<void>;
  /** Gives a file one more name; copies it where that cannot be. */
  link(from: string, to: string): Promise<void>;
  /** Moves a tree into the place of another one, entry by entry: folders that both have stay the same folders. */
  replace(from: string, to: string): Promise<void>;
}

export interface TreePart {
  /** As `/bin/sh`; empty for the root. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  /** Of a file: where its contents are; of a symbolic link: what it holds. */
  readonly from: string;
}
