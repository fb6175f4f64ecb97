import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { printNovaFile } from '../../fixtures/printNovaFile.ts';
import { isImplied } from '../../schema/capsule.ts';
import type { Manifest } from '../../schema/manifest.ts';
import { parseNovaFile } from '../../schema/parse.ts';

const folder = fileURLToPath(new URL('../../fixtures/novafiles/good', import.meta.url));

describe('a manifest in the forms of the NovaFile', () => {
  // Values of secrets are printed by nobody.
  const files = readdirSync(folder).filter((file) => file.endsWith('.toml') && file !== 'secrets.toml');

  it.for(files)('is read as the same again: %s', async (file) => {
    const manifest = await manifestOf(readFileSync(`${folder}/${file}`, 'utf8'));
    const declared = manifest.resources.filter((resource) => !isImplied(resource));
    const printed = await manifestOf(printNovaFile({ ...manifest, resources: declared }));
    expect(withoutPlaces(printed)).toEqual(withoutPlaces(manifest));
  });
});

async function manifestOf(text: string): Promise<Manifest> {
  const parsed = await parseNovaFile({ text, file: '/srv/lab/NovaFile.toml' });
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues, null, 2));
  return parsed.manifest;
}

function withoutPlaces({ resources }: Manifest) {
  return resources.map(({ at: _, ...resource }) => resource);
}
