import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import { rolldown } from 'rolldown';

export const checkout = resolve(import.meta.dirname, '../../..');

/**
 * The programs that run inside, as text by name of file: Nova as it stands in the checkout, and the lab's own. In few
 * files, and plain JavaScript: under emulation, Node takes many seconds for two hundred modules of TypeScript.
 */
export async function compilePrograms(): Promise<ReadonlyMap<string, string>> {
  const own = ['agentMain', 'goneMain', 'stateMain'].map((name) => `tests/lab/inside/${name}.ts`);
  const inputs = ['controller/cli.ts', ...startedByPath(), ...own];
  const build = await rolldown({
    input: Object.fromEntries(inputs.map((path) => [basename(path, '.ts'), join(checkout, path)])),
    platform: 'node',
    logLevel: 'warn',
  });
  const { output } = await build.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await build.close();
  const files = output.flatMap((file) =>
    file.type === 'chunk' ? [[file.fileName, file.code] as const] : [],
  );
  return new Map([...files, ['package.json', readFileSync(join(checkout, 'package.json'), 'utf8')]]);
}

/** Programs that Nova starts by the path of a file beside the one that names it: in one folder, they are beside it. */
function startedByPath(): readonly string[] {
  const folders = ['controller', 'reconcilers', 'stateStore'];
  return folders.flatMap((folder) =>
    readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => {
        const path = join(folder, name);
        const found = /\.\/(\w+)\$\{extname\(import\.meta\.url\)\}/.exec(
          readFileSync(join(checkout, path), 'utf8'),
        );
        return found?.[1] === undefined ? [] : [join(path, '..', `${found[1]}.ts`)];
      }),
  );
}
