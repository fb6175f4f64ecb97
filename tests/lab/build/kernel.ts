import { spawnSync } from 'node:child_process';

/**
 * The ELF program in a kernel's `bzImage`. QEMU starts it by PVH, without the seconds that unpacking itself takes the
 * kernel under emulation. See Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length.
 */
export function elfOf(image: Buffer): Buffer {
  const setup = image[0x1f1] === 0 ? 4 : (image[0x1f1] ?? 4);
  const start = (setup + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  const elf = unpack(payload);
  if (elf.subarray(0, 4).toString('latin1') !== '\u007FELF')
    throw new Error('there is no ELF program in the kernel');
  return elf;
}

/** By the first bytes of the payload. */
const formats = [
  { magic: '7f454c46', program: undefined },
  { magic: 'fd377a585a00', program: ['xz', '-dc', '--single-stream'] },
  { magic: '1f8b', program: ['gzip', '-dc'] },
  { magic: '28b52ffd', program: ['zstd', '-dc'] },
  { magic: '02214c18', program: ['lz4', '-dc'] },
] as const;

function unpack(payload: Buffer): Buffer {
  const format = formats.find(({ magic }) => payload.subarray(0, magic.length / 2).toString('hex') === magic);
  if (format === undefined)
    throw new Error(`a kernel packed in an unknown way: ${payload.toString('hex', 0, 8)}`);
  if (format.program === undefined) return payload;
  const [command, ...args] = format.program;
  // The last four bytes are the size of what is in it, which the programs warn about.
  const input = payload.subarray(0, -4);
  const { stdout, error } = spawnSync(command, args, { input, maxBuffer: 2 ** 28 });
  if (error !== undefined) throw error;
  return stdout;
}
