import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatToml } from '../../../controller/format/formatToml.ts';
import { novaFileText } from '../../../controller/render/novaFile.ts';
import { arbitraryManifest } from '../../../fixtures/arbitraries.ts';
import type { Manifest, Resource } from '../../../schema/manifest.ts';
import { parseNovaFile } from '../../../schema/parse.ts';
import { isSensitive, sensitive } from '../../../schema/sensitive.ts';

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

/** What stood in the file although nobody should see it is a secret of this name when it is rendered. */
function withNamedSecrets({ resources, ...manifest }: Manifest): Manifest {
  return { ...manifest, resources: resources.map(withNamedVariables) };
}

function withNamedVariables(resource: Resource): Resource {
  if (!('env' in resource.spec)) return resource;
  const variables = Object.entries(resource.spec.env).map(([name, value]) => {
    const named = isSensitive(value) && value.written;
    return [name, named ? sensitive(`${resource.name}-${name.toLowerCase()}`) : value] as const;
  });
  return { ...resource, spec: { ...resource.spec, env: Object.fromEntries(variables) } };
}

describe('novaFileText', () => {
  it('law: what is rendered is read as what it was rendered from, but for secrets that stood in it', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryManifest({ everything: true }), async (manifest) => {
        const text = await formatToml(novaFileText(manifest), 'x');
        const again = await read(text, manifest.file);
        expect(withoutPlaces(again)).toEqual(withoutPlaces(withNamedSecrets(manifest)));
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
