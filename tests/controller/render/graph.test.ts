import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dotGraph, mermaidGraph } from '../../../controller/render/graph.ts';
import { arbitraryManifest } from '../../../fixtures/arbitraries.ts';
import type { Manifest } from '../../../schema/manifest.ts';

const hasDot = spawnSync('dot', ['-V']).status === 0;

describe('dotGraph', () => {
  it.skipIf(!hasDot)('law: Graphviz reads the same resources and edges out of it', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryManifest({ everything: true }), async (manifest) => {
        const { status, stdout, stderr } = spawnSync('dot', ['-Tjson'], {
          input: dotGraph(manifest),
          encoding: 'utf8',
        });
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        const drawn = JSON.parse(stdout) as Drawn;
        const names = (drawn.objects ?? []).map(({ name }) => name);
        expect(drawn.name).toBe(manifest.project);
        expect(names).toEqual(manifest.resources.map(({ address }) => address));
        const edges = (drawn.edges ?? []).map(({ tail, head }) => `${names[tail]} ${names[head]}`);
        expect(edges.toSorted()).toEqual(edgesOf(manifest));
      }),
      { numRuns: 25 },
    );
  });
});

interface Drawn {
  readonly name: string;
  readonly objects?: readonly { readonly name: string }[];
  readonly edges?: readonly { readonly tail: number; readonly head: number }[];
}

describe('mermaidGraph', () => {
  it('law: each line is a node or an edge of the language, and all are there', async () => {
    const node =
      /^ {2}(n\d+)(?:\[|\(\[|\[\(|\[\/|\[\[)"([a-z]+)<br>([A-Za-z0-9_./:@-]+)"(?:\]|\]\)|\)\]|\/\]|\]\])$/;
    await fc.assert(
      fc.asyncProperty(arbitraryManifest({ everything: true }), async (manifest) => {
        const [first, ...lines] = mermaidGraph(manifest).trimEnd().split('\n');
        expect(first).toBe('flowchart LR');
        const nodes = lines.flatMap((line) => {
          const [, id = '', kind = '', name = ''] = node.exec(line) ?? [];
          return id === '' ? [] : [[id, `${kind}.${name}`] as const];
        });
        const byId = new Map(nodes);
        const edges = lines.slice(nodes.length).map((line) => {
          const [, from = '', to = ''] = /^ {2}(n\d+) --> (n\d+)$/.exec(line) ?? [];
          return `${byId.get(from)} ${byId.get(to)}`;
        });
        expect([...byId.values()]).toEqual(manifest.resources.map(({ address }) => address));
        expect(edges.toSorted()).toEqual(edgesOf(manifest));
      }),
    );
  });
});

function edgesOf({ resources }: Manifest): readonly string[] {
  return resources.flatMap(({ address, dependsOn }) => dependsOn.map((to) => `${address} ${to}`)).toSorted();
}
