import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { World } from '../system/support/world.ts';
import { must, run } from './measure.ts';

/** A capsule like one of Nova's, for conmon and runc alone. */
export interface Bundle {
  readonly id: string;
  readonly folder: string;
  /** What its root lies over. */
  readonly lower: string;
  readonly config: Config;
}

interface Config {
  readonly root: { path: string };
  readonly linux: { cgroupsPath: string; readonly namespaces: { readonly type: string; path?: string }[] };
}

/** Nova's own configuration of a capsule that runs, with another cgroup; namespace and mounted root are the same ones. */
export async function bundleLike(world: World, name: string): Promise<Bundle> {
  const identity = world.identity('bench', `container.${name}`);
  const made = join(world.scope.run, 'containers', identity);
  const id = `nova-bench-${name}`;
  const folder = join(world.folder, 'bench', name);
  await mkdir(join(folder, 'exits'), { recursive: true });
  const config = JSON.parse(await readFile(join(made, 'config.json'), 'utf8')) as Config;
  config.linux.cgroupsPath = `/${id}`;
  if (!config.root.path.startsWith('/')) config.root.path = join(made, config.root.path);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return { id, folder, lower: join(world.folder, 'root'), config };
}

/** The same from nothing: with a namespace and a root of its own, made by the tools as a person would. */
export async function startWhole(bundle: Bundle): Promise<void> {
  const { id, folder, lower, config } = bundle;
  const [upper = '', work = '', root = ''] = ['upper', 'work', 'root'].map((part) => join(folder, part));
  for (const part of [upper, work, root]) await mkdir(part);
  await must(['ip', 'netns', 'add', id]);
  await must(['nsenter', `--net=/run/netns/${id}`, 'ip', 'link', 'set', 'lo', 'up']);
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  await must(['mount', '-t', 'overlay', '-o', options, 'overlay', root]);
  config.root.path = root;
  const network = config.linux.namespaces.find(({ type }) => type === 'network');
  if (network !== undefined) network.path = `/run/netns/${id}`;
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await start(bundle);
}

/** conmon creates it through runc, then runc starts it. */
export function start({ id, folder }: Bundle): Promise<void> {
  const argv = ['--api-version', '1', '-c', id, '-u', id, '-r', '/usr/sbin/runc', '-b', folder];
  const files = [
    '-p',
    join(folder, 'pid'),
    '--exit-dir',
    join(folder, 'exits'),
    '-l',
    `k8s-file:${join(folder, 'log')}`,
  ];
  return new Promise((resolve, reject) => {
    const conmon = spawn('conmon', [...argv, ...files, '--socket-dir-path', folder], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: { ...process.env, _OCI_SYNCPIPE: '3' },
    });
    conmon.stdio[3]?.once('data', (said: Buffer) => {
      conmon.stdio[3]?.destroy();
      conmon.unref();
      if (!said.toString().includes('"data": -1')) must(['runc', 'start', id]).then(() => resolve(), reject);
      else reject(new Error(said.toString()));
    });
  });
}

/** Takes away whichever of it there is. */
export async function remove({ id, folder }: Bundle): Promise<void> {
  await run(['runc', 'delete', '--force', id]);
  await run(['umount', join(folder, 'root')]);
  await run(['ip', 'netns', 'delete', id]);
  await run(['rm', '-rf', '--', folder]);
}
