import { describe, expect, it } from 'vitest';

import { newcHeader, newcPadding, newcTrailer } from '../../../reconcilers/host/newc.ts';

const file = { path: '/etc/motd', type: 'file', mode: 0o644, size: 5, target: undefined } as const;

describe('newcHeader', () => {
  it.each([
    {
      what: 'a file',
      entry: file,
      fields: '000081A4 00000000 00000000 00000001 00000001 00000005',
      name: 'etc/motd',
    },
    {
      what: 'a folder',
      entry: { ...file, path: '/etc', type: 'directory' as const, mode: 0o755, size: 4096 },
      fields: '000041ED 00000000 00000000 00000002 00000001 00000000',
      name: 'etc',
    },
    {
      what: 'the top',
      entry: { ...file, path: '', type: 'directory' as const, mode: 0o755 },
      fields: '000041ED 00000000 00000000 00000002 00000001 00000000',
      name: '.',
    },
    {
      what: 'a link',
      entry: { ...file, path: '/bin/sh', type: 'symlink' as const, mode: 0o777, target: 'büsy' },
      fields: '0000A1FF 00000000 00000000 00000001 00000001 00000005',
      name: 'bin/sh',
    },
    {
      what: 'a set-user-ID program',
      entry: { ...file, path: '/su', mode: 0o4755 },
      fields: '000089ED 00000000 00000000 00000001 00000001 00000005',
      name: 'su',
    },
  ])('is that of $what', ({ entry, fields, name }) => {
    const header = newcHeader(entry, 7, 1);
    const length = (Buffer.byteLength(name) + 1).toString(16).toUpperCase().padStart(8, '0');
    const zeros = '0'.repeat(32);
    expect(header.toString('latin1', 0, 110)).toBe(
      `07070100000007${fields.replaceAll(' ', '')}${zeros}${length}00000000`,
    );
    expect(header.toString('utf8', 110).replaceAll('\0', '')).toBe(name);
    expect(header.length % 4).toBe(0);
    expect(header[110 + Buffer.byteLength(name)]).toBe(0);
  });
});

describe('an archive', () => {
  it.each([
    [0, 0],
    [1, 3],
    [4, 0],
    [5, 3],
    [7, 1],
  ])('fills up contents of %i bytes by %i', (bytes, padding) => {
    expect(newcPadding(bytes)).toEqual(Buffer.alloc(padding));
  });

  it.each([0, 4, 388, 392, 512, 1000])('is whole blocks of 512 bytes after %i', (bytes) => {
    const trailer = newcTrailer(bytes);
    expect((bytes + trailer.length) % 512).toBe(0);
    expect(trailer.length).toBeLessThan(124 + 512);
    expect(trailer.toString('latin1', 110, 120)).toBe('TRAILER!!!');
  });
});
