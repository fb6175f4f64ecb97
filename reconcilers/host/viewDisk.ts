import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import type { DiskSeen } from './view.ts';

/**
 * Reads the header of a disk image: no process is started, and a file of any size costs the same. Of qcow2 (QEMU,
 * docs/interop/qcow2.txt) that is the magic, then big-endian: backing file offset at 8 and length at 16, size at 24.
 */
export function readDisk(path: string): DiskSeen {
  const file = openSync(path, 'r');
  try {
    const header = readAt(file, 0, 32);
    if (header.length < 32 || header.toString('latin1', 0, 4) !== 'QFI\u{fb}') {
      return { format: 'raw', size: fstatSync(file).size, backing: undefined };
    }
    const [offset, length] = [Number(header.readBigUInt64BE(8)), header.readUInt32BE(16)];
    const backing = offset === 0 ? undefined : readAt(file, offset, Math.min(length, 4096)).toString();
    return { format: 'qcow2', size: Number(header.readBigUInt64BE(24)), backing };
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, position));
}
