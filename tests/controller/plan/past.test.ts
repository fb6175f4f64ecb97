import { describe, expect, it } from 'vitest';

import { pastOf } from '../../../controller/plan/past.ts';
import type { Mark } from '../../../reconcilers/identity.ts';
import type { Address, Manifest, Resource } from '../../../schema/manifest.ts';

const at = { file: 'NovaFile.toml', line: 1, column: 1 };

function manifest(
  addresses: readonly Address[],
  moved: readonly (readonly [Address, Address])[] = [],
): Manifest {
  const resources = addresses.map((address): Resource => {
    const spec = { mode: '0755', owner: '0:0' };
    return { address, kind: 'volume', name: address.slice('volume.'.length), spec, at, dependsOn: [] };
  });
  return {
    project: 'demo',
    file: '/srv/NovaFile.toml',
    resources,
    moved: moved.map(([from, to]) => ({ from, to, at })),
  };
}

const mark = (address: Address, origin?: Address): Mark => {
  const whole = { scope: '00000000', project: 'demo', address };
  return origin === undefined ? whole : { ...whole, origin };
};

const [a, b, c] = ['volume.a', 'volume.b', 'volume.c'] as const;

function originOf({ past }: ReturnType<typeof pastOf>, address: Address): string {
  return past?.origins.get(address) ?? address;
}

describe('pastOf', () => {
  it('knows of nothing where nothing was renamed', () => {
    expect(pastOf(manifest([a, b]), [mark(a)]).past).toBeUndefined();
  });

  it.each([
    { reason: 'what is moved is what it was', declared: b, moved: [[a, b]], marks: [mark(a)], origin: a },
    {
      reason: 'a chain leads to the oldest',
      declared: c,
      moved: [
        [a, b],
        [b, c],
      ],
      marks: [mark(a)],
      origin: a,
    },
    {
      reason: 'a chain may be half gone',
      declared: c,
      moved: [
        [a, b],
        [b, c],
      ],
      marks: [mark(b, a)],
      origin: a,
    },
    { reason: 'a mark tells without an entry', declared: b, moved: [], marks: [mark(b, a)], origin: a },
    {
      reason: 'the way back ends at the beginning',
      declared: a,
      moved: [[b, a]],
      marks: [mark(b, a)],
      origin: a,
    },
    { reason: 'of what is new the oldest name counts', declared: b, moved: [[a, b]], marks: [], origin: a },
  ] as const)('$reason', ({ declared, moved, marks, origin }) => {
    const read = pastOf(manifest([declared], moved), marks);
    expect(originOf(read, declared)).toBe(origin);
    expect(read.conflicts.size).toBe(0);
  });

  it('gives what is declared under a name that another one was made as an origin of its own', () => {
    const read = pastOf(manifest([a, b]), [mark(b, a)]);
    expect([originOf(read, a), originOf(read, b)]).toEqual(['volume.a+1', a]);
  });

  it('takes what was made under a name that is declared again, where its present name is not', () => {
    const read = pastOf(manifest([a]), [mark(b, a)]);
    expect(originOf(read, a)).toBe(a);
    expect(read.past?.former.get(a)).toEqual([b]);
  });

  it('finds that again', () => {
    const again = pastOf(manifest([a, b]), [mark(b, a), { ...mark(a), origin: 'volume.a+1' }]);
    expect([originOf(again, a), originOf(again, b)]).toEqual(['volume.a+1', a]);
  });

  it('is no conflict when a rename was cut off: both names are those of one thing', () => {
    const read = pastOf(manifest([b], [[a, b]]), [mark(a), mark(b, a)]);
    expect(read.conflicts.size).toBe(0);
    expect(read.past?.former.get(b)).toEqual([a]);
  });

  it('is a conflict when both are there, and says so at the entry', () => {
    const read = pastOf(manifest([b], [[a, b]]), [mark(a), mark(b)]);
    expect(read.conflicts.get(b)).toMatchObject({ other: a, issue: { code: 'moved.conflict', at } });
  });

  it('takes what is not declared any more by its present name', () => {
    expect(pastOf(manifest([]), [mark(b, a)]).past?.holders.get(a)).toBe(b);
  });
});
