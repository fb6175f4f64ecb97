/** A file, folder or symbolic link of an archive. */
export interface Entry {
  readonly path: string;
  /** Of a folder undefined, of a symbolic link its target. */
  readonly content?: Buffer | string;
  /** With the type in front, as 0o100644. */
  readonly mode: number;
}

/** The "newc" format, which Linux takes as an initramfs (Documentation/driver-api/early-userspace/buffer-format.rst). */
export function cpio(entries: readonly Entry[]): Buffer {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }];
  return Buffer.concat(all.flatMap((entry, index) => record(entry, index + 1)));
}

function record({ path, content = '', mode }: Entry, inode: number): Buffer[] {
  const data = Buffer.from(content);
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [padded(Buffer.concat([Buffer.from(header), name])), padded(data)];
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}
