import type { TreeEntry } from './tree.ts';

/**
 * The header of one entry in a newc archive (Linux: Documentation/driver-api/early-userspace/buffer-format.rst), with its
 * name, up to where its contents begin. What differs from one file system to another is left out of it: devices, and how
 * many links a folder has.
 * @param number stands for its inode; from 1 on
 * @param moment s since the epoch
 */
export function newcHeader(
  { path, type, mode, size, target }: Pick<TreeEntry, 'path' | 'type' | 'mode' | 'size' | 'target'>,
  number: number,
  moment: number,
): Buffer {
  const name = Buffer.from(`${path === '' ? '.' : path.slice(1)}\0`);
  const length = type === 'file' ? size : Buffer.byteLength(target ?? '');
  const links = type === 'directory' ? 2 : 1;
  return padded(
    Buffer.concat([
      fields([number, typeBits[type] | mode, 0, 0, links, moment, length, 0, 0, 0, 0, name.length, 0]),
      name,
    ]),
    4,
  );
}

/** How many zeros follow contents of that many bytes. */
export function newcPadding(bytes: number): Buffer {
  return Buffer.alloc((4 - (bytes % 4)) % 4);
}

/** What ends an archive that is that many bytes long so far: it is made of whole blocks of 512. */
export function newcTrailer(bytes: number): Buffer {
  const name = Buffer.from('TRAILER!!!\0');
  const end = padded(Buffer.concat([fields([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, name.length, 0]), name]), 4);
  return Buffer.concat([end, Buffer.alloc((512 - ((bytes + end.length) % 512)) % 512)]);
}

const typeBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000, other: 0 } as const;

function fields(values: readonly number[]): Buffer {
  return Buffer.from(
    `070701${values.map((value) => value.toString(16).toUpperCase().padStart(8, '0')).join('')}`,
  );
}

function padded(bytes: Buffer, to: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);
}
