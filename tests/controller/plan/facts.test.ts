import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { factsOf } from '../../../controller/plan/facts.ts';
import { fingerprint, volatile } from '../../../controller/plan/hash.ts';
import { differencesOf, staleError } from '../../../controller/plan/stale.ts';

const keys = fc.constantFrom('mtu', 'link', 'a.b', 'pid', 'ports', 'x');
const leaves = fc.oneof(fc.integer(), fc.string({ maxLength: 100 }), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaves, tie('list'), tie('table')),
  list: fc.array(tie('tree'), { maxLength: 3 }),
  table: fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
}));

/** Paths of the leaves that a fingerprint takes in, as lists of keys. */
function pathsOf(
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries
    .filter(([key]) => !volatile.has(String(key)))
    .flatMap(([key, item]) => pathsOf(item, [...path, key]));
}

function withLeaf(value: unknown, [key, ...rest]: readonly (string | number)[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? withLeaf(item, rest, leaf) : item));
  const table = { ...(value as Record<string, unknown>) };
  return { ...table, [key]: withLeaf(table[key], rest, leaf) };
}

describe('factsOf', () => {
  it('names every field by its path', () => {
    expect(
      factsOf({
        status: 'present',
        seen: { link: { mtu: 1500, ports: ['a', 'b'], empty: [] }, 'x.y': true },
      }),
    ).toEqual({
      status: '"present"',
      'seen.link.mtu': '1500',
      'seen.link.ports[0]': '"a"',
      'seen.link.ports[1]': '"b"',
      'seen.link.empty': '[]',
      'seen["x.y"]': 'true',
    });
  });

  it('leaves out what changes by itself, and keeps long values as hashes only', () => {
    const facts = factsOf({ pid: 7, config: 'PASSWORD=geheim '.repeat(10) });
    expect(Object.keys(facts)).toEqual(['config']);
    expect(JSON.stringify(facts)).not.toContain('geheim');
  });

  it('law: two observations have the same facts exactly when they have the same fingerprint', () => {
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        const same = JSON.stringify(sorted(factsOf(one))) === JSON.stringify(sorted(factsOf(other)));
        expect(same).toBe(fingerprint(one) === fingerprint(other));
      }),
      { numRuns: 1000 },
    );
  });

  it('law: any single field that changed is the one that is named', () => {
    fc.assert(
      fc.property(fc.dictionary(keys, tree, { minKeys: 1 }), fc.nat(), (seen, choice) => {
        const paths = pathsOf(seen);
        const path = paths[choice % Math.max(1, paths.length)];
        fc.pre(path !== undefined);
        const [before, after] = [seen, withLeaf(seen, path ?? [], 'changed by hand')];
        expect(fingerprint({ seen: after })).not.toBe(fingerprint({ seen: before }));
        const named = differencesOf(
          new Map([['network.lan', factsOf({ status: 'present', seen: before })]]),
          new Map([['network.lan', factsOf({ status: 'present', seen: after })]]),
        );
        expect(named).toHaveLength(1);
        expect(named[0]?.after).toBe('"changed by hand"');
        expect(named[0]?.field.replaceAll(/[^a-z0-9]/g, '')).toBe(
          path?.join('').replaceAll(/[^a-z0-9]/g, ''),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

function sorted(facts: object): unknown {
  return Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

describe('staleError', () => {
  const lan = (mtu: number) =>
    new Map([['network.lan' as const, factsOf({ status: 'present', seen: { link: { mtu } } })]]);
  const said = (...args: Parameters<typeof differencesOf>): string => {
    return staleError(differencesOf(...args), 'the plan was saved', 'plan again').message;
  };

  it('says what a field was and is', () => {
    expect(said(lan(1500), lan(1280))).toBe(
      'the host changed after the plan was saved: network.lan: link.mtu was 1500 and is 1280',
    );
  });

  it('says of what came or went only that', () => {
    expect(said(lan(1500), new Map())).toMatch(/: network\.lan was present and is absent$/);
    expect(said(new Map([['network.lan', factsOf({ status: 'absent' })]]), lan(1500))).toMatch(
      /was absent and is present$/,
    );
  });

  it('shows no long value, and of many differences only how many more there are', () => {
    const of = (text: string) =>
      new Map([['container.web' as const, factsOf({ seen: { config: text.repeat(50) } })]]);
    expect(said(of('ab'), of('cd'))).toMatch(/: container\.web: config changed$/);
    const many = (value: number) =>
      new Map([['container.web' as const, factsOf({ seen: Array.from({ length: 9 }, () => value) })]]);
    expect(said(many(1), many(2))).toMatch(/; and 4 more$/);
  });
});
