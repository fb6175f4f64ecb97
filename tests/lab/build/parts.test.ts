import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { tscFrequency } from '../machine/tsc.ts';
import { elfOf } from './kernel.ts';
import { loadOrder } from './modules.ts';
import { sourceOf } from './sources.ts';

describe('loadOrder', () => {
  const listed = `kernel/c.ko:
kernel/b-b.ko: kernel/c.ko
kernel/a.ko: kernel/b-b.ko kernel/c.ko
`;

  it('puts what is needed first, each once, and leaves out what is built in', () => {
    const [a, b, c] = ['kernel/a.ko', 'kernel/b-b.ko', 'kernel/c.ko'];
    expect(loadOrder(listed, ['b_b', 'virtio', 'a'])).toEqual([c, b, a]);
  });
});

describe('elfOf', () => {
  it('finds the packed program in a kernel', () => {
    const elf = Buffer.from('\u007FELF and the rest');
    expect(elfOf(image(Buffer.concat([gzipSync(elf), Buffer.alloc(4)])))).toEqual(elf);
  });

  it('refuses what it does not know', () => {
    expect(() => elfOf(image(Buffer.from('something else')))).toThrow('packed in an unknown way');
  });

  function image(payload: Buffer): Buffer {
    const head = Buffer.alloc(1024);
    head[0x1f1] = 1;
    head.writeUInt32LE(0, 0x248);
    head.writeUInt32LE(payload.length, 0x24c);
    return Buffer.concat([head, payload]);
  }
});

describe('sourceOf', () => {
  it("takes this release's own source, and no other's", () => {
    const printed = [
      'Docker|Docker CE|bookworm|main|https://example.org/docker/',
      '|||main|http://deb.example.org/not-fetched/',
      'Debian|Debian-Security|bookworm-security|main|http://deb.example.org/security/',
      'Debian|Debian|bookworm|contrib|http://deb.example.org/debian/',
      'Debian|Debian|bookworm|main|http://deb.example.org/debian/',
    ].join('\n');
    expect(sourceOf(printed, 'bookworm')).toEqual({
      uri: 'http://deb.example.org/debian/',
      suite: 'bookworm',
    });
    expect(sourceOf(printed, 'trixie')).toBeUndefined();
  });
});

describe('tscFrequency', () => {
  const told = 'cpu MHz\t\t: 2596.096\nflags\t\t: fpu constant_tsc tsc_known_freq hypervisor\n';

  it('is what a virtual machine is told, in kHz', () => {
    expect(tscFrequency(told)).toBe(2_596_096);
  });

  it.each([
    {
      reason: 'a real machine says how fast it is at the moment',
      text: told.replace('hypervisor', 'aperfmperf'),
    },
    { reason: 'the kernel has measured it itself', text: told.replace('tsc_known_freq', 'tsc') },
    { reason: 'there is no such line', text: told.replace('MHz', 'GHz') },
  ])('is not known: $reason', ({ text }) => {
    expect(tscFrequency(text)).toBeUndefined();
  });
});

describe('the page for contributors', () => {
  it('names what is there', () => {
    const folder = import.meta.dirname;
    const page = readFileSync(`${folder}/../README.md`, 'utf8');
    const fixtures = readFileSync(`${folder}/../labTest.ts`, 'utf8');
    const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    const given = [...fixtures.matchAll(/^ {2}readonly (\w+):/gm)].map((match) => match[1]);
    expect(named).toEqual(given);
  });

  it('shows a test that runs', () => {
    const folder = `${import.meta.dirname}/..`;
    const [, shown] = /```ts\n(.*?)```/s.exec(readFileSync(`${folder}/README.md`, 'utf8')) ?? [];
    expect(shown).toBe(readFileSync(`${folder}/page.test.ts`, 'utf8'));
  });
});
