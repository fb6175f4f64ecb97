import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addressOf } from '../../schema/kinds.ts';
import type { Address } from '../../schema/manifest.ts';
import { checkMoved, formerAddresses, type MoveDraft } from '../../schema/moved.ts';
import { parseNovaFile } from '../../schema/parse.ts';

const chain = (...names: readonly string[]): readonly MoveDraft[] =>
  names.slice(1).map((name, index) => {
    const [from, to] = [names[index] ?? '', name].map((each) => addressOf('volume', each));
    return { from: from ?? 'volume.x', to: to ?? 'volume.x', path: ['moved', index] };
  });

const arbitraryMoves = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 6 }).map((pairs) =>
  pairs.map(([from, to], index): MoveDraft => {
    return { from: `volume.v${from}`, to: `volume.v${to}`, path: ['moved', index] };
  }),
);

describe('formerAddresses', () => {
  it('lists a chain, the newest first, in whatever order it is written', () => {
    const moves = chain('a', 'b', 'c');
    expect(formerAddresses('volume.c', moves)).toEqual(['volume.b', 'volume.a']);
    expect(formerAddresses('volume.c', moves.toReversed())).toEqual(['volume.b', 'volume.a']);
    expect(formerAddresses('volume.a', moves)).toEqual([]);
  });
});

describe('checkMoved', () => {
  it('law: what it lets pass gives every address one past without a circle', () => {
    fc.assert(
      fc.property(arbitraryMoves, (moves) => {
        if (checkMoved(moves, new Set()).length > 0) return;
        const pasts = moves.map(({ to }) => formerAddresses(to, moves));
        for (const past of pasts) expect(new Set(past).size).toBe(past.length);
        const last = moves.map(({ from }) => from);
        expect(new Set(last).size).toBe(last.length);
      }),
    );
  });

  it('tells a circle once', () => {
    expect(checkMoved(chain('a', 'b', 'c', 'a'), new Set<Address>(['volume.a']))).toHaveLength(1);
  });

  it('lets a chain end at what has gone since', () => {
    expect(checkMoved(chain('a', 'b'), new Set())).toEqual([]);
  });
});

describe('moved', () => {
  it('doubts an end that is not declared, and names the nearest one', async () => {
    const text = 'project = "lab"\nmoved = [{ from = "volume.old", to = "volume.dta" }]\n[volume.data]\n';
    const { warnings } = await parseNovaFile({ text, file: '/srv/NovaFile.toml' });
    expect(warnings).toMatchObject([{ code: 'reference.missing', hint: 'did you mean volume.data?' }]);
  });
});
