import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

/** What nearly every command needs: it becomes part of the program. Other dependencies are found when they are used. */
const taken = ['zod', 'smol-toml', 'xstate'];

/** Each program of ours keeps its path, and what they share lies as deep (`reconcilers/host/ownProgram.ts`). */
export const programs = ['controller/cli', 'reconcilers/container/restart', 'reconcilers/host/probeClient'];

export default defineConfig({
  input: Object.fromEntries(programs.map((program) => [program, `${program}.ts`])),
  platform: 'node',
  external: (id) => /^[^./\0]/.test(id) && !taken.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [licenses()],
  output: {
    dir: 'dist',
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'controller/shared/[name].js',
  },
});

/** The licences of what became part of the program go with it. */
function licenses(): Plugin {
  return {
    name: 'licenses',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
      const folders = modules.flatMap(
        (path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
      );
      const texts = [...new Set(folders)].toSorted().map(licenseOf);
      this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: texts.join('\n') });
    },
  };
}

function licenseOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no licence to go with it`);
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8')}`;
}
