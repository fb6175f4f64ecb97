import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { run, type Result } from './shell.ts';

const top = resolve(import.meta.dirname, '../../..');

/** The quickstart in a folder of its own, as in a fresh clone. */
export interface Quickstart extends AsyncDisposable {
  readonly folder: string;
  readonly dataDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  /** `npm run quickstart`, when all that it needs is installed. */
  run(...argv: readonly string[]): Promise<Result>;
}

export async function createQuickstart(netns: string): Promise<Quickstart> {
  const folder = await mkdtemp(join(tmpdir(), 'nova-quickstart-'));
  await mkdir(join(folder, 'controller/bin'), { recursive: true });
  await symlink(join(top, 'controller/bin/nova.js'), join(folder, 'controller/bin/nova.js'));
  await cp(join(top, 'examples/quickstart'), join(folder, 'examples/quickstart'), { recursive: true });
  const dataDirectory = join(folder, 'data');
  const env = { NOVA_NETNS: netns, NOVA_STATE_DIR: join(folder, 'state'), NOVA_DATA_DIR: dataDirectory };
  const quickstart = (...argv: readonly string[]) =>
    run([process.execPath, join(folder, 'examples/quickstart/run.js'), ...argv], { env });
  return {
    folder,
    dataDirectory,
    env,
    run: quickstart,
    [Symbol.asyncDispose]: async () => {
      await quickstart('--clean');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
