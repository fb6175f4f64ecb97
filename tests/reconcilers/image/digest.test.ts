import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { digestOf, type Line } from '../../../reconcilers/image/digest.ts';
import { partsOf } from '../../../reconcilers/image/parts.ts';
import { isQcow2, whyIncomplete } from '../../../reconcilers/image/qcow2.ts';
import { damagesOf, readRecord, recordOf } from '../../../reconcilers/image/record.ts';
import type { TreeEntry } from '../../../reconcilers/host/tree.ts';

const lines: readonly Line[] = [
  ['', 'directory', 0o755, '0:0', ''],
  ['/bin/sh', 'file', 0o755, '0:0', 'abc'],
  ['/sh', 'symlink', 0o777, '0:0', 'bin/sh'],
];

describe('digestOf', () => {
  it('is the same in any order, and has not changed', () => {
    const digest = digestOf('root', lines);
    expect(digestOf('root', lines.toReversed())).toBe(digest);
    // What has been imported keeps its name: another way to count needs another version in it.
    expect(digest).toBe('4ad3dc7052a9793cd82bbfc9857e2fc89791c54eef186699cd5292adf23ce874');
  });

  it.each([
    { reason: 'a mode', index: 1, line: ['/bin/sh', 'file', 0o700, '0:0', 'abc'] as const },
    { reason: 'an owner', index: 1, line: ['/bin/sh', 'file', 0o755, '0:1', 'abc'] as const },
    { reason: 'contents', index: 1, line: ['/bin/sh', 'file', 0o755, '0:0', 'abd'] as const },
    { reason: 'a path', index: 1, line: ['/bin/s', 'file', 0o755, '0:0', 'habc'] as const },
    { reason: 'what a link holds', index: 2, line: ['/sh', 'symlink', 0o777, '0:0', 'sh'] as const },
  ])('is another one for $reason', ({ index, line }) => {
    expect(digestOf('root', lines.with(index, line))).not.toBe(digestOf('root', lines));
  });

  it('is another one for another format', () => {
    expect(digestOf('initramfs', lines)).not.toBe(digestOf('root', lines));
  });
});

describe('partsOf', () => {
  it('law: every part comes after the folder that it is in, and nothing is there twice', () => {
    const name = fc.stringMatching(/^[a-c. -]{1,3}$/).filter((text) => text !== '.' && text !== '..');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(fc.dictionary(path, fc.constant('/x')), fc.array(path), (files, folders) => {
        const spec = {
          type: 'root' as const,
          files: {},
          links: {},
          folders: [...Object.keys(files), ...folders],
        };
        const paths = partsOf(spec, () => 0o644).map((part) => part.path);
        expect(new Set(paths).size).toBe(paths.length);
        for (const [index, each] of paths.entries()) {
          if (each !== '') expect(paths.indexOf(each.slice(0, each.lastIndexOf('/')))).toBeLessThan(index);
          if (each !== '') expect(paths.indexOf(each.slice(0, each.lastIndexOf('/')))).not.toBe(-1);
        }
      }),
    );
  });
});

describe('whyIncomplete', () => {
  const header = (changes: Readonly<Record<number, number>>) => {
    const bytes = Buffer.alloc(104);
    bytes.write('QFI\u00fb', 'latin1');
    bytes[7] = 3;
    for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
    return bytes.toString('latin1');
  };
  it.each([
    { reason: 'nothing points elsewhere', head: header({}), why: undefined },
    {
      reason: 'a backing file has a place',
      head: header({ 15: 1 }),
      why: 'it has a backing file, and is nothing without it',
    },
    {
      reason: 'the place is a large number',
      head: header({ 8: 1 }),
      why: 'it has a backing file, and is nothing without it',
    },
    { reason: 'bit 2 says external data', head: header({ 79: 4 }), why: 'its data is in another file' },
    { reason: 'dirty (bit 0) is none of our business', head: header({ 79: 1 }), why: undefined },
    { reason: 'version 2 has no such bits', head: header({ 7: 2, 79: 4 }), why: undefined },
    {
      reason: 'a header has at least 72 bytes',
      head: header({}).slice(0, 60),
      why: 'it is cut off within its header',
    },
  ])('is $why: $reason', ({ head, why }) => {
    expect(isQcow2(head)).toBe(true);
    expect(whyIncomplete(head)).toBe(why);
  });
});

describe('a record', () => {
  const entry = (path: string, changed: Partial<TreeEntry> = {}): TreeEntry => ({
    ...{
      path,
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      inode: 7,
      size: 3,
      mtime: 5n,
      ctime: 6n,
      target: undefined,
      device: 0,
    },
    ...changed,
  });
  const folder = entry('', { type: 'directory', inode: 1 });
  const record = recordOf([folder, entry('/a'), entry('/b')], {
    format: 'root',
    manifest: undefined,
    hashes: new Map(),
  });

  it('is read as it was written, and nothing else is', () => {
    expect(readRecord(JSON.stringify(record))).toEqual(record);
    expect(readRecord(undefined)).toBeUndefined();
    expect(readRecord('{"format": "iso"}')).toBeUndefined();
    expect(readRecord('{')).toBeUndefined();
  });

  it.each([
    { reason: 'nothing changed', now: [folder, entry('/a'), entry('/b')], damages: [] },
    {
      reason: 'reading changes only the time of access',
      now: [folder, entry('/a', { ctime: 9n }), entry('/b')],
      damages: [],
    },
    {
      reason: 'a folder follows what is in it',
      now: [{ ...folder, mtime: 9n, size: 9, inode: 9 }, entry('/a'), entry('/b')],
      damages: [],
    },
    { reason: 'a file is gone', now: [folder, entry('/a')], damages: ['missing /b'] },
    {
      reason: 'a file is new',
      now: [folder, entry('/a'), entry('/b'), entry('/constructor')],
      damages: ['added /constructor'],
    },
    { reason: 'a size', now: [folder, entry('/a', { size: 4 }), entry('/b')], damages: ['changed /a'] },
    { reason: 'a time', now: [folder, entry('/a', { mtime: 6n }), entry('/b')], damages: ['changed /a'] },
    { reason: 'an inode', now: [folder, entry('/a', { inode: 8 }), entry('/b')], damages: ['changed /a'] },
    { reason: 'a mode', now: [folder, entry('/a', { mode: 0o600 }), entry('/b')], damages: ['changed /a'] },
    {
      reason: 'an owner of a folder',
      now: [{ ...folder, uid: 1 }, entry('/a'), entry('/b')],
      damages: ['changed '],
    },
    { reason: 'an owner', now: [folder, entry('/a', { uid: 1 }), entry('/b')], damages: ['changed /a'] },
  ])('tells $damages: $reason', ({ now, damages }) => {
    expect(damagesOf(record, now).map(({ path, what }) => `${what} ${path}`)).toEqual(damages);
  });
});
