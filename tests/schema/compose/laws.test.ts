import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryManifest, arbitraryStyle } from '../../../fixtures/arbitraries.ts';
import { memoryFiles } from '../../../fixtures/memoryFiles.ts';
import { printComposed, profile, type Printed } from '../../../fixtures/printComposed.ts';
import type { Manifest } from '../../../schema/manifest.ts';
import { parseNovaFile } from '../../../schema/parse.ts';
import { runs } from '../../runs.ts';

const minutes = 20 * 60_000;

describe('composition', () => {
  it(
    'law: files, variables, defaults and a profile mean the same as one file',
    { timeout: minutes },
    async () => {
      const picks = fc.array(fc.nat(29), { minLength: 7, maxLength: 60 });
      await fc.assert(
        fc.asyncProperty(
          arbitraryManifest({ everything: true }),
          picks,
          arbitraryStyle,
          async (manifest, chosen, style) => {
            const printed = printComposed(manifest, chosen, style);
            expect(withoutPlaces(await parse(manifest.file, printed))).toEqual(withoutPlaces(manifest));
          },
        ),
        { numRuns: runs(150) },
      );
    },
  );

  it('law: a key that comes or goes touches no other instance', async () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(keys, fc.nat(), async (all, index) => {
        const gone = all[index % all.length] ?? '';
        const [before, after] = await Promise.all([
          instances(all),
          instances(all.filter((key) => key !== gone)),
        ]);
        expect(before.filter(({ each }) => each?.key !== gone)).toEqual(after);
        expect(before.map(({ address }) => address)).toContain(`container.web-${gone}`);
      }),
    );
  });

  it('law: the order of keys is of no matter', async () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(keys, async (all) => {
        expect(await instances(all.toReversed())).toEqual(await instances(all));
      }),
    );
  });

  it.for([
    { text: '"${var.n}"', key: 'cpu', value: 4, reason: 'a number that stands alone is a number' },
    { text: '"${var.t}"', key: 'cpu', value: 4, reason: 'a text becomes the number that it says' },
    { text: '"${var.n}2"', key: 'cpu', value: 42, reason: 'a text that is put together, too' },
    { text: '"${var.n}Gi"', key: 'memory', value: 4 * 2 ** 30, reason: 'a size of a number and its unit' },
    { text: '"${env.BYTES}"', key: 'memory', value: 2 ** 30, reason: 'a size in bytes' },
    { text: '"${var.n}"', key: 'stop_timeout', value: 4, reason: 'seconds' },
    { text: '"${env.FOUR}"', key: 'stop_timeout', value: 4, reason: 'seconds in the environment' },
    { text: '"${var.table.inner}"', key: 'cpu', value: 7, reason: 'a value within a table' },
    { text: '"${env.NONE:-3}"', key: 'cpu', value: 3, reason: 'what is taken without it' },
    { text: '"${env.EMPTY:-3}"', key: 'cpu', value: 3, reason: 'what is empty counts as not there' },
  ])('$text in $key: $reason', async ({ text, key, value }) => {
    const vars = '[vars]\nn = 4\nt = "4"\ntable = { inner = 7 }\n';
    const parsed = await parseNovaFile({
      text: `project = "lab"\n${vars}[vm.a]\nimage = "./a.qcow2"\n${key} = ${text}\n`,
      file: '/srv/lab/NovaFile.toml',
      env: { FOUR: '4', BYTES: '1073741824', EMPTY: '' },
    });
    expect('issues' in parsed ? parsed.issues : []).toEqual([]);
    expect(parsed).toHaveProperty(['manifest', 'resources', 0, 'spec', key], value);
  });

  it('lets no text that is filled in become a reference', async () => {
    const parsed = await parseNovaFile({
      text: 'project = "lab"\n[vars]\ndollar = "$"\n[container.a]\ncapsule = "./root"\ncommand = ["${env.P}", "${var.dollar}{container.a.ip}"]\n',
      file: '/srv/lab/NovaFile.toml',
      env: { P: '${container.a.ip}' },
    });
    expect(parsed).toHaveProperty(
      ['manifest', 'resources', 0, 'spec', 'command'],
      ['$${container.a.ip}', '$${container.a.ip}'],
    );
  });
});

async function instances(keys: readonly string[]) {
  const text = `project = "lab"\n[container.web]\ncapsule = "./root"\nfor_each = ${JSON.stringify(keys)}\nenv.KEY = "\${each.key}"\n`;
  const parsed = await parseNovaFile({ text, file: '/srv/lab/NovaFile.toml' });
  return 'manifest' in parsed ? parsed.manifest.resources : [];
}

async function parse(file: string, printed: Printed): Promise<Manifest | undefined> {
  const files = memoryFiles(printed, '/home/nova/lab');
  const parsed = await parseNovaFile({ text: printed.get(file) ?? '', file, files, profile });
  if ('issues' in parsed) expect(parsed.issues).toEqual([]);
  return 'issues' in parsed ? undefined : parsed.manifest;
}

function withoutPlaces(manifest: Manifest | undefined) {
  return manifest?.resources.map(({ at: _, ...resource }) => resource);
}
