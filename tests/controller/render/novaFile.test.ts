import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatToml } from '../../../controller/format/formatToml.ts';
import { novaFileText } from '../../../controller/render/novaFile.ts';
import { arbitraryManifest } from '../../../fixtures/arbitraries.ts';
import type { Manifest } from '../../../schema/manifest.ts';
import { parseNovaFile } from '../../../schema/parse.ts';

async function read(text: string, file = '/srv/lab/NovaFile.toml'): Promise<Manifest> {
  const parsed = await parseNovaFile({ text, file });
  if ('issues' in parsed) throw new Error(`${JSON.stringify(parsed.issues)}\n${text}`);
  return parsed.manifest;
}

function withoutPlaces({ resources, moved = [], ...manifest }: Manifest) {
  return {
    ...manifest,
    resources: resources.map(({ at: _, ...resource }) => resource),
    moved: moved.map(({ from, to }) => ({ from, to })),
  };
}

describe('novaFileText', () => {
  it('law: what is rendered is read as what it was rendered from', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryManifest({ everything: true }), async (manifest) => {
        const text = await formatToml(novaFileText(manifest), 'x');
        expect(withoutPlaces(await read(text, manifest.file))).toEqual(withoutPlaces(manifest));
      }),
    );
  });

  it('fills in what is included, said by variables and by default, and hides what is sensitive', async () => {
    const manifest = await read(`
project = "lab"
[vars]
size = "64Mi"
[defaults.container]
stop_timeout = 3
[secrets.from]
token = { env = "TOKEN" }
[container.web]
capsule = "./root"
limits = { memory = "\${var.size}" }
env = { API_KEY = "canary", TOKEN = { secret = "token" } }
`);
    const text = await formatToml(novaFileText(manifest), 'x');
    expect(text).not.toContain('canary');
    await expect(text).toMatchFileSnapshot('golden/rendered.toml');
    const again = await read(text);
    expect(await formatToml(novaFileText(again), 'x')).toBe(text);
  });
});
