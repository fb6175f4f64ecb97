import type { Acs } from './model.ts';
import type { KernelTree } from './tree.ts';

/** PCI Express Base Specification, 7.7.11: the extended capability `Access Control Services`. */
const acs = 0x000d;
/** Source validation, request redirect, completion redirect, upstream forwarding: what Linux wants of it (`REQ_ACS_FLAGS`). */
const wanted = 0b1_1101;

/**
 * From the configuration space of a bridge, of which only root reads more than 64 bytes. Devices are not read so: it
 * wakes those that sleep. Only the words that are needed are read, as each is a request on the bus.
 */
export function readAcs(tree: KernelTree, path: string): Acs | undefined {
  if (tree.bytes(path, 64, 4)?.length !== 4) return undefined;
  // Extended capabilities begin at 256; a conventional bridge has none. Each takes eight bytes at least, so a list that
  // goes on longer runs in a circle.
  for (let at = 256, count = 0; at >= 256 && count < 480; count += 1) {
    const words = tree.bytes(path, at, 8);
    if (words?.length !== 8) break;
    const header = words.readUInt32LE(0);
    if ((header & 0xffff) === acs) return { able: true, whole: (words.readUInt16LE(6) & wanted) === wanted };
    at = header >>> 20;
  }
  return { able: false, whole: false };
}
