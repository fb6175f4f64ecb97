import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Acs } from '../../../../reconcilers/host/pci/model.ts';
import { readAcs } from '../../../../reconcilers/host/pci/acs.ts';
import { openTree } from '../../../../reconcilers/host/pci/tree.ts';

/** Configuration space of so many bytes, with words of four bytes at offsets. */
function acsIn(length: number, words: Readonly<Record<number, number>>): Acs | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'nova-acs-'));
  try {
    const config = Buffer.alloc(length);
    for (const [offset, word] of Object.entries(words)) config.writeUInt32LE(word, Number(offset));
    writeFileSync(join(folder, 'config'), config);
    return readAcs(openTree(folder), '/config');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A capability, where the next one is, and the word after its header. */
const header = (id: number, next: number): number => id + 0x1_0000 + next * 2 ** 20;

describe('readAcs', () => {
  it.each([
    [4096, { 256: header(0x0d, 0), 260: 0x001d_001f }, { able: true, whole: true }, 'all of it is on'],
    [
      4096,
      { 256: header(0x0d, 0), 260: 0x005f_005f },
      { able: true, whole: true },
      'more than is needed is on',
    ],
    [4096, { 256: header(0x0d, 0), 260: 0x0001_001f }, { able: true, whole: false }, 'a part of it is on'],
    [
      4096,
      { 256: header(1, 0x148), 0x148: header(0x0d, 0), 0x14c: 0x001d_001f },
      { able: true, whole: true },
      'it is not the first one',
    ],
    [4096, { 256: header(1, 0x148), 0x148: header(2, 0) }, { able: false, whole: false }, 'others are there'],
    [
      4096,
      { 256: header(1, 0x148), 0x148: header(2, 0x100) },
      { able: false, whole: false },
      'the list is a circle',
    ],
    [4096, {}, { able: false, whole: false }, 'there is no list'],
    [256, {}, { able: false, whole: false }, 'it is a conventional bridge'],
    [64, {}, undefined, 'who is not root sees no more'],
    [0, {}, undefined, 'nothing can be read'],
  ])('of %i bytes with %o is %o: %s', (length, words, acs, _reason) => {
    expect(acsIn(length, words)).toEqual(acs);
  });
});
