import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type OutputOptions, type Plugin } from 'rolldown';

/** What nearly every command needs: it becomes part of the program. Other dependencies are found when they are used. */
const taken = ['zod', 'smol-toml', 'xstate'];

/** Each program of ours keeps its path, and what they share lies as deep (`reconcilers/host/ownProgram.ts`). */
export const programs = [
  'controller/cli',
  'reconcilers/container/restart',
  'reconcilers/host/guard/guard',
  'reconcilers/host/probeClient',
];

/**
 * What each of these needs that those before it do not is one file: Node finds and links each by
 * itself, and there would be fifty of them for a plan. What is loaded only where it is used stays by itself.
 */
const together = [
  // Stays beside every capsule that is to be restarted: as little as can be.
  ['restarting', 'reconcilers/container/restart'],
  ['start', 'controller/cli'],
  ['language', 'controller/cli/commands/validate'],
  ['planning', 'controller/cli/commands/plan'],
  ['applying', 'controller/cli/commands/apply'],
] as const;

export const codeSplitting: NonNullable<OutputOptions['codeSplitting']> = {
  groups: together.map(([part, path], index) => ({
    debugName: part,
    priority: together.length - index,
    name: (id, graph) => (needs(path, (each) => graph.getModuleInfo(each)).has(id) ? part : null),
  })),
};

const known = new Map<string, ReadonlySet<string>>();

type InfoOf = (id: string) => { readonly importedIds: readonly string[] } | null;

/** Ids of the modules that one imports in the end; what it loads later does not count. */
function needs(path: string, infoOf: InfoOf): ReadonlySet<string> {
  const first = join(import.meta.dirname, `${path}.ts`);
  const found = known.get(first);
  if (found !== undefined) return found;
  const needed = new Set([first]);
  for (const id of needed) for (const next of infoOf(id)?.importedIds ?? []) needed.add(next);
  needed.delete(first);
  known.set(first, needed);
  return needed;
}

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
    codeSplitting,
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
