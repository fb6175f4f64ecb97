/** Bytes of the header that are looked at. */
export const headerSize = 104;

/** `QFI\xfb`, as every qcow2 file begins. */
export function isQcow2(head: string): boolean {
  return head.startsWith('QFI\u00fb');
}

/**
 * Why a qcow2 file is not whole by itself (QEMU's docs/interop/qcow2.txt): its data is partly in another file, which
 * would be read wherever it is said to be. Undefined: it is whole.
 * @param head its first {@link headerSize} bytes, one character each
 */
export function whyIncomplete(head: string): string | undefined {
  const bytes = Buffer.from(head, 'latin1');
  if (bytes.length < 72) return 'it is cut off within its header';
  if (bytes.readBigUInt64BE(8) !== 0n) return 'it has a backing file, and is nothing without it';
  const features = bytes.readUInt32BE(4) >= 3 && bytes.length >= 80 ? bytes.readBigUInt64BE(72) : 0n;
  return (features & 4n) === 0n ? undefined : 'its data is in another file';
}
