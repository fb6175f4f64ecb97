import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { type OutputChunk, type OutputOptions, rolldown, type RolldownOutput } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

import config from '../../rolldown.config.ts';
import { run } from '../system/support/shell.ts';

const root = join(import.meta.dirname, '../..');
const { dependencies } = z
  .object({ dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

describe('what is shipped', () => {
  const folder = mkdtempSync('/tmp/nova-build-');
  let built: RolldownOutput;
  beforeAll(async () => {
    const { output, ...input } = config;
    await using bundle = await rolldown({ ...input, cwd: root });
    built = await bundle.write({ ...(output as OutputOptions), dir: folder });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const chunks = (): readonly OutputChunk[] => built.output.filter((file) => file.type === 'chunk');

  it('has every program that is started by its path', () => {
    const files = readdirSync(folder, { recursive: true });
    expect(files).toEqual(
      expect.arrayContaining([
        'controller/cli.js',
        'reconcilers/container/restart.js',
        'reconcilers/host/probeClient.js',
      ]),
    );
  });

  it('runs', async () => {
    const { code, stdout } = await run([process.execPath, join(folder, 'controller/cli.js'), 'help']);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('nova apply') });
  });

  it('looks for other programs from two folders deep', () => {
    const looking = chunks().filter(({ code }) => code.includes('import.meta.url'));
    expect(looking.map(({ fileName }) => fileName.split('/').length - 1)).toEqual(looking.map(() => 2));
  });

  it('needs no package that npm does not install with it', () => {
    const named = chunks().flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
    const own = new Set(chunks().map(({ fileName }) => fileName));
    const foreign = named.filter((name) => !own.has(name) && !name.startsWith('node:'));
    expect(foreign.filter((name) => !(name in dependencies) && !builtinModules.includes(name))).toEqual([]);
  });

  it.each(['zod', 'smol-toml', 'xstate'])('brings the licence of %s, which is part of it', (name) => {
    expect(readFileSync(join(folder, 'licenses.txt'), 'utf8')).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });
});
