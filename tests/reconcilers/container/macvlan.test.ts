import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Link } from '../../../reconcilers/host/view.ts';
import { macOf } from '../../../reconcilers/identity.ts';
import { formatNote, macvlanSeen, parseNote } from '../../../reconcilers/container/macvlan.ts';

const identity = '9b1f0c5e-6d7a-5c0f-8e21-c4a7b35d9e10';
const mac = macOf(identity);
const wan0: Link = {
  ...{
    index: 7,
    name: 'wan0',
    kind: undefined,
    alias: undefined,
    up: true,
    mtu: 1500,
    mac: '02:00:00:00:00:07',
  },
  ...{ master: undefined, hairpin: false, addresses: [], addresses6: [] },
};
const note = formatNote({ namespace: 42, over: 7, mtu: 1500 });
const inner = { over: 7, mtu: 1500, mac, up: true };

describe('parseNote', () => {
  it('law: what is written is read', () => {
    const notes = fc.record({ namespace: fc.nat(), over: fc.nat(), mtu: fc.nat() });
    fc.assert(
      fc.property(notes, (written) => {
        expect(parseNote(formatNote(written))).toEqual(written);
      }),
    );
  });

  it('reads nothing into another text', () => {
    for (const text of [undefined, '', 'in 1 over 2', `x${note}`]) expect(parseNote(text)).toBeUndefined();
  });
});

describe('macvlanSeen', () => {
  it.each<{
    reason: string;
    links?: readonly Link[];
    namespace?: number;
    seen: Parameters<typeof macvlanSeen>[3];
    is: ReturnType<typeof macvlanSeen>;
  }>([
    {
      reason: 'what is seen counts, and the note agrees',
      seen: { note, linked: true, inner },
      is: { over: 'wan0', mtu: 1500, mac, up: true, noted: true },
    },
    {
      reason: 'what is seen counts more than what is noted',
      seen: { note, linked: true, inner: { ...inner, mtu: 1400, up: false } },
      is: { over: 'wan0', mtu: 1400, mac, up: false, noted: false },
    },
    {
      reason: 'nobody looks into one that does not run: the note tells',
      seen: { note, inner: undefined },
      is: { over: 'wan0', mtu: 1500, mac, up: true, noted: true },
    },
    {
      reason: 'the note is of another namespace',
      namespace: 43,
      seen: { note, inner: undefined },
      is: undefined,
    },
    {
      reason: 'it has gone with what it lay over',
      links: [],
      seen: { note, inner: undefined },
      is: undefined,
    },
    { reason: 'it is seen that it is gone', seen: { note, linked: false, inner: undefined }, is: undefined },
    {
      reason: 'nothing tells of one',
      seen: { note: undefined, linked: true, inner: undefined },
      is: undefined,
    },
    {
      reason: 'it lies over something that is not of the host',
      seen: { note: undefined, linked: true, inner: { ...inner, over: 3 } },
      is: { over: undefined, mtu: 1500, mac, up: true, noted: false },
    },
  ])('$reason', ({ links = [wan0], namespace = 42, seen, is }) => {
    expect(macvlanSeen({ identity }, links, namespace, seen)).toEqual(is);
  });
});
