import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { rolldown } from 'rolldown';

import { codeSplitting, programs } from '../../../rolldown.config.ts';
import { cacheFolder } from '../build/cache.ts';

export const checkout = resolve(import.meta.dirname, '../../..');

/** The agent, Nova that stays, Nova as a test of kills drives it, and a write that is given little time. */
const own = [
  ...['agentMain', 'novaMain', 'stuckMain'].map((name) => `tests/lab/inside/${name}`),
  'tests/system/support/killingMain',
];

/** Of everything that may become part of a program. */
const sources = ['controller', 'reconcilers', 'schema', 'stateStore', 'tests/lab', 'tests/system/support'];
const others = ['package.json', 'node_modules/.package-lock.json', 'rolldown.config.ts'];

/** As many compiled states of checkouts are kept. */
const kept = 10;

/**
 * The programs that run inside, as text by path: Nova's as they stand in the checkout, where they are when they are
 * shipped, and the lab's agent. In few files, and plain JavaScript, with all that they need: under emulation, Node takes
 * many seconds for two hundred modules of TypeScript. Compiled once for all labs, until a source is another.
 */
export async function compilePrograms(): Promise<ReadonlyMap<string, string>> {
  const folder = join(cacheFolder, 'programs');
  const file = join(folder, `${hashOfSources()}.json`);
  const known = readIfThere(file);
  if (known !== undefined) return new Map(JSON.parse(known) as [string, string][]);
  const compiled = await compile();
  mkdirSync(folder, { recursive: true });
  const unfinished = join(folder, `unfinished-${process.pid}`);
  writeFileSync(unfinished, JSON.stringify([...compiled]));
  renameSync(unfinished, file);
  removeOldest(folder);
  return compiled;
}

async function compile(): Promise<ReadonlyMap<string, string>> {
  const build = await rolldown({
    input: Object.fromEntries([...programs, ...own].map((path) => [path, join(checkout, `${path}.ts`)])),
    platform: 'node',
    logLevel: 'warn',
  });
  const { output } = await build.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'controller/shared/[name].js',
    codeSplitting,
  });
  await build.close();
  const files = output.flatMap((file) =>
    file.type === 'chunk' ? [[file.fileName, file.code] as const] : [],
  );
  return new Map([...files, ['package.json', readFileSync(join(checkout, 'package.json'), 'utf8')]]);
}

function hashOfSources(): string {
  const inFolders = sources.flatMap((folder) =>
    readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[jt]s$/.test(name))
      .map((name) => join(folder, name)),
  );
  const hash = createHash('sha256');
  for (const path of [...inFolders, ...others].toSorted())
    hash.update(JSON.stringify([path, readFileSync(join(checkout, path), 'utf8')]));
  return hash.digest('hex').slice(0, 16);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function removeOldest(folder: string): void {
  const names = readdirSync(folder).map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }));
  const oldest = names.toSorted((a, b) => b.at - a.at).slice(kept);
  for (const { name } of oldest) rmSync(join(folder, name), { force: true });
}
