import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { inOrder, withDependencies } from '../../../controller/plan/graph.ts';

/** Nodes 0 … n-1 with edges to smaller numbers only, so that there is no cycle, in a shuffled order. */
const graphs = fc
  .integer({ min: 0, max: 12 })
  .chain((size) =>
    fc.record({
      nodes: fc.shuffledSubarray(range(size), { minLength: size, maxLength: size }),
      edges: fc.tuple(...range(size).map((node) => fc.subarray(range(node)))),
    }),
  )
  .map(({ nodes, edges }) => ({
    nodes: nodes.map(String),
    waitsFor: (node: string) => edges[Number(node)]?.map(String) ?? [],
  }));

function range(size: number): number[] {
  return Array.from({ length: size }, (_, index) => index);
}

describe('inOrder', () => {
  it('puts every node after all that it waits for, and loses none', () => {
    fc.assert(
      fc.property(graphs, ({ nodes, waitsFor }) => {
        const ordered = inOrder(nodes, waitsFor);
        expect([...ordered].toSorted()).toEqual([...nodes].toSorted());
        for (const node of nodes) {
          for (const before of waitsFor(node))
            expect(ordered.indexOf(before)).toBeLessThan(ordered.indexOf(node));
        }
      }),
    );
  });

  it('keeps the given order where nothing waits', () => {
    expect(inOrder(['b', 'a', 'c'], () => [])).toEqual(['b', 'a', 'c']);
  });

  it('passes over edges to what is not there', () => {
    expect(inOrder(['a'], () => ['ghost'])).toEqual(['a']);
  });
});

describe('withDependencies', () => {
  it('reaches what is reached through others, and nothing else', () => {
    const edges: Record<string, string[]> = { web: ['db', 'lan'], db: ['lan'], other: ['lan'] };
    expect([...withDependencies<string>(['web'], (node) => edges[node] ?? [])].toSorted()).toEqual([
      'db',
      'lan',
      'web',
    ]);
  });
});
