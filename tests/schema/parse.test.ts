import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryManifest, arbitraryNovaFile } from '../../fixtures/arbitraries.ts';
import { printNovaFile } from '../../fixtures/printNovaFile.ts';
import type { Issue } from '../../schema/errors.ts';
import type { Manifest } from '../../schema/manifest.ts';
import { parseNovaFile } from '../../schema/parse.ts';
import { runs } from '../runs.ts';

const file = '/srv/lab/NovaFile.toml';

describe('parseNovaFile', () => {
  it(
    'law: what is printed is read as the same manifest, places included',
    { timeout: 20 * 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryManifest({ everything: true }), async (manifest) => {
          expect(await manifestOf(printNovaFile(manifest), manifest.file)).toEqual(manifest);
        }),
        { numRuns: runs(100) },
      );
    },
  );

  it('law: every way to write a NovaFile means the same', { timeout: 20 * 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryNovaFile(), async ({ manifest, text }) => {
        expect(withoutPlaces(await manifestOf(text, manifest.file))).toEqual(withoutPlaces(manifest));
      }),
      { numRuns: runs(300) },
    );
  });

  it('law: no text makes it throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
        expect(await parseNovaFile({ text, file })).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it('law: a NovaFile with a piece cut out or put in is a manifest or has issues, each with a place in it', async () => {
    const piece = fc.constantFrom(
      '',
      ' ',
      '\n',
      '"',
      "'",
      '"""',
      '[',
      ']',
      '{',
      '}',
      '=',
      '.',
      ',',
      '#',
      '${',
      '0',
      '\\',
      '__proto__',
      'é',
    );
    await fc.assert(
      fc.asyncProperty(
        arbitraryNovaFile(),
        fc.nat(),
        fc.nat(20),
        piece,
        async ({ text }, at, length, inserted) => {
          const start = at % (text.length + 1);
          const changed = text.slice(0, start) + inserted + text.slice(start + length);
          const parsed = await parseNovaFile({ text: changed, file });
          if (!('issues' in parsed)) return;
          expect(parsed.issues.length).toBeGreaterThan(0);
          const lines = changed.split('\n');
          for (const { at: place } of parsed.issues) {
            expect(place?.line).toBeLessThanOrEqual(lines.length);
            expect(place?.column).toBeLessThanOrEqual((lines[(place?.line ?? 0) - 1]?.length ?? 0) + 1);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it.for([
    { key: '"__proto__" = 1', reason: 'at the top' },
    { key: '[container.__proto__]\ncapsule = "/a"', reason: 'as a name' },
    { key: '[container.a]\ncapsule = "/a"\n__proto__ = 1', reason: 'in a table' },
    {
      key: '[container.a]\ncapsule = "/a"\nenv = { __proto__ = "x" }',
      reason: 'as a variable, which zod leaves out',
    },
    { key: '[container.a]\ncapsule = "/a"\nlimits.__proto__ = 1', reason: 'in an inner table' },
  ])('refuses __proto__ $reason', async ({ key }) => {
    expect(await issuesOf(`project = "lab"\n${key}\n`)).toHaveLength(1);
  });

  it('takes names that objects have by themselves', async () => {
    const manifest = await manifestOf('project = "lab"\n[volume.constructor]\n[volume.toString]\n');
    expect(manifest?.resources.map(({ address }) => address)).toEqual([
      'volume.constructor',
      'volume.toString',
    ]);
  });

  it('reports every mistake of a file at once, in its order', async () => {
    const text = `project = "Lab"
[network.lan]
subnet = "192.168.77.1/24"
mtu = 1
dhcp_range = "192.168.78.1-192.168.78.9"
[container.web]
capsule = "./rootfs"
network = { name = "lna", ip = "x" }
volumes = ["data:/srv", "nonsense"]
env = { A = [], B = "\${container.db.ip}" }
depends_on = ["container.web"]
restart = "maybe"
`;
    const places = (await issuesOf(text)).map(({ code, at }) => `${at?.line}:${at?.column} ${code}`);
    expect(places).toEqual([
      '1:11 schema.name',
      '4:7 schema.value',
      '5:14 network.address',
      '8:20 reference.missing',
      '8:32 schema.value',
      '9:13 reference.missing',
      '9:25 schema.value',
      '10:13 schema.type',
      '10:22 reference.missing',
      '11:15 reference.cycle',
      '12:11 schema.value',
    ]);
  });

  it.for([
    {
      lines: ['[network.lan]', 'subnet = 3', 'dhcp_range = "10.0.0.5-10.0.0.9"'],
      reason: 'a range needs a subnet',
    },
    { lines: ['[network.lan]', 'profile = "nta"'], reason: 'the profile nat needs a subnet' },
    {
      lines: ['[container.a]', 'capsule = "/a"', 'network = 3', 'ports = ["80:80"]'],
      reason: 'ports need a network',
    },
    {
      lines: ['[container.a]', 'capsule = "/a"', 'health = { tcp = "x" }'],
      reason: 'a health check needs a way',
    },
    {
      lines: [
        '[network.a]',
        'subnet = "10.0.0.0/24"',
        '[container.a]',
        'capsule = "/a"',
        'network = { name = "a", ip = "10.9.0.1" }',
      ],
      reason: 'an address lies in its subnet',
    },
  ])('does not report what follows from another mistake: $reason', async ({ lines }) => {
    expect(await issuesOf(['project = "lab"', ...lines].join('\n'))).toHaveLength(1);
  });

  it('shows the path that the user typed, and resolves against the absolute one', async () => {
    const text = 'project = "lab"\n[container.web]\ncapsule = "../base"\n';
    const parsed = await parseNovaFile({
      text,
      file: '/srv/lab/NovaFile.toml',
      shownAs: 'lab/NovaFile.toml',
    });
    expect(parsed).toMatchObject({
      manifest: {
        file: '/srv/lab/NovaFile.toml',
        resources: [
          { spec: { capsule: { path: '/srv/base' } }, at: { file: 'lab/NovaFile.toml', line: 2, column: 1 } },
        ],
      },
    });
  });

  it('leaves a byte order mark out of the first column', async () => {
    expect((await issuesOf('\ufeffproject = 1\n'))[0]?.at).toEqual({ file, line: 1, column: 11 });
  });

  it('finds a cycle in a chain of ten thousand', async () => {
    const chain = Array.from({ length: 10_000 }, (_, index) => {
      return `[volume.v${index}]\ndepends_on = ["volume.v${(index + 1) % 10_000}"]\n`;
    });
    const issues = await issuesOf(`project = "lab"\n${chain.join('')}`);
    expect(issues.map(({ code }) => code)).toEqual(['reference.cycle']);
  });

  it('points at the table at least where a text is too long for the parser with positions', async () => {
    const long = 'x'.repeat(1_000_000);
    const text = `project = "lab"\n[container.a]\ncapsule = "/a"\nenv = { A = "${long}", B = """${long}""" }\nmtu = 1\n`;
    expect((await issuesOf(text)).map(({ at }) => at?.line)).toEqual([2]);
    expect((await issuesOf(`project = "${long}`)).map(({ at }) => at?.column)).toEqual([11]);
  });
});

describe('the examples', () => {
  it('are as they are shown in the fixtures', async () => {
    const text = readFileSync(
      new URL('../../fixtures/novafiles/good/everyForm.toml', import.meta.url),
      'utf8',
    );
    const places = (await manifestOf(text))?.resources.map(
      ({ address, at }) => `${address} ${at.line}:${at.column}`,
    );
    expect(places).toEqual([
      'container.api 10:1',
      'container.web 14:1',
      'network.dmz 5:17',
      'network.lan 4:9',
      'volume.data 7:19',
      'volume.logs 7:32',
    ]);
  });
});

async function issuesOf(text: string): Promise<readonly Issue[]> {
  const parsed = await parseNovaFile({ text, file });
  return 'issues' in parsed ? parsed.issues : [];
}

async function manifestOf(text: string, at = file): Promise<Manifest | undefined> {
  const parsed = await parseNovaFile({ text, file: at });
  if ('issues' in parsed) expect(parsed.issues).toEqual([]);
  return 'issues' in parsed ? undefined : parsed.manifest;
}

function withoutPlaces(manifest: Manifest | undefined) {
  return manifest?.resources.map(({ at: _, ...resource }) => resource);
}
