import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { identityOf, type Scope, scopeOf } from '../../../reconcilers/identity.ts';
import type { Address } from '../../../schema/manifest.ts';
import { forceGone } from './forceGone.ts';
import { hostState } from './hostState.ts';
import { tracked } from './leftovers.ts';
import { must, type Result, run } from './shell.ts';

/** One of the differences that `nova drift --json` reports. */
export interface DriftReport {
  readonly address: string;
  readonly class: string;
  readonly cause: string | null;
  readonly fields: readonly { readonly path: string; readonly desired: unknown; readonly actual: unknown }[];
}

/** A host of its own on this machine: a network namespace, a data and a state folder, and a NovaFile. */
export interface World extends AsyncDisposable {
  readonly netns: string;
  readonly folder: string;
  readonly file: string;
  readonly stateDirectory: string;
  readonly dataDirectory: string;
  readonly scope: Scope;
  /** Writes the NovaFile; the folder `root` beside it holds a busybox root. */
  write(novaFile: string): Promise<void>;
  /** Text of a file on this host; it must be there. */
  read(path: string): Promise<string>;
  writeAt(path: string, text: string): Promise<void>;
  /** Removes a file, or a folder with everything in it. */
  remove(path: string): Promise<void>;
  /** The command line that `nova` runs. */
  command(argv: readonly string[]): readonly string[];
  /** Runs the program on this host, with `-f` for this NovaFile. */
  nova(
    argv: readonly string[],
    options?: { env?: Record<string, string>; timeout?: number },
  ): Promise<Result>;
  /** As `nova`, and it must end with 0. */
  novaMust(argv: readonly string[], options?: { env?: Record<string, string> }): Promise<string>;
  /** What `nova drift --json` reports. */
  drift(): Promise<readonly DriftReport[]>;
  /** Runs a command in the namespace of this host; it must work. */
  inside(argv: readonly string[]): Promise<string>;
  identity(project: string, address: Address): string;
  /** What of this host there is on the machine; with `inside`, also in its namespace. */
  state(inside?: 'inside'): Promise<string[]>;
}

const rootMaker = resolve(import.meta.dirname, '../../../examples/two-capsules/make-root.sh');
const source = resolve(import.meta.dirname, '../../../controller/cli.ts');
const compiled = resolve(import.meta.dirname, '../../../dist/controller/cli.js');

/** The program as it is shipped when the suite has built it, else as it stands in the checkout. */
export const cli: readonly string[] = [
  process.execPath,
  process.env['NOVA_TEST_COMPILED'] === '1' ? compiled : source,
];

/** @param options `program`: another one than `cli` */
export async function createWorld(options: { netns?: string; program?: string } = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'nova-test-'));
  const netns = options.netns ?? `nvt-${randomBytes(4).toString('hex')}`;
  const file = join(folder, 'NovaFile.toml');
  const dataDirectory = join(folder, 'data');
  const stateDirectory = join(folder, 'state');
  const scope = scopeOf(netns, dataDirectory);
  await cp(rootMaker, join(folder, 'make-root.sh'));
  await must([join(folder, 'make-root.sh')]);
  await mkdir(dataDirectory);
  const command = ([name = '', ...rest]: readonly string[]): readonly string[] => {
    const own = ['--netns', netns, '--state-dir', stateDirectory, '--data-dir', dataDirectory, '-f', file];
    return [name, ...own, ...rest];
  };
  const program = (env: Record<string, string> = {}): readonly string[] => {
    const other = env['NOVA_TEST_PROGRAM'] ?? options.program;
    return other === undefined ? cli : [process.execPath, other];
  };
  const world: World = {
    netns,
    folder,
    file,
    stateDirectory,
    dataDirectory,
    scope,
    command: (argv) => [...program(), ...command(argv)],
    write: (text) => writeFile(file, text),
    read: (path) => readFile(path, 'utf8'),
    writeAt: (path, text) => writeFile(path, text),
    remove: (path) => rm(path, { recursive: true }),
    nova: (argv, how) => run([...program(how?.env), ...command(argv)], how),
    novaMust: (argv, how) => must([...program(how?.env), ...command(argv)], how),
    drift: async () => {
      const { stdout, stderr } = await run([...cli, ...command(['drift', '--json'])]);
      const report = JSON.parse(stdout) as { drift?: DriftReport[] };
      if (report.drift === undefined) throw new Error(`drift reported no list: ${stdout}${stderr}`);
      return report.drift;
    },
    inside: (argv) => must(['nsenter', `--net=/run/netns/${netns}`, ...argv]),
    state: (inside) =>
      hostState({
        words: [scope.id, netns],
        netns: inside === undefined ? [] : [netns],
        folders: [dataDirectory],
      }),
    identity: (project, address) => identityOf(scope, project, address),
    [Symbol.asyncDispose]: async () => {
      await run([...cli, ...command(['destroy', '--yes', '--delete-volumes'])]);
      await forceGone(scope);
      await run(['ip', 'netns', 'delete', netns]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return tracked(world);
}
