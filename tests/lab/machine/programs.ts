import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { rolldown } from 'rolldown';

import { programs } from '../../../rolldown.config.ts';

export const checkout = resolve(import.meta.dirname, '../../..');

const own = [
  ...['agentMain', 'goneMain', 'stateMain'].map((name) => `tests/lab/inside/${name}`),
  'tests/system/support/killingMain',
];

/**
 * The programs that run inside, as text by path: Nova's as they stand in the checkout, where they are when they are
 * shipped, and the lab's own. In few files, and plain JavaScript, with all that they need: under emulation, Node takes
 * many seconds for two hundred modules of TypeScript.
 */
export async function compilePrograms(): Promise<ReadonlyMap<string, string>> {
  const build = await rolldown({
    input: Object.fromEntries([...programs, ...own].map((path) => [path, join(checkout, `${path}.ts`)])),
    platform: 'node',
    logLevel: 'warn',
  });
  const { output } = await build.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'controller/shared/[name].js',
  });
  await build.close();
  const files = output.flatMap((file) =>
    file.type === 'chunk' ? [[file.fileName, file.code] as const] : [],
  );
  return new Map([...files, ['package.json', readFileSync(join(checkout, 'package.json'), 'utf8')]]);
}
