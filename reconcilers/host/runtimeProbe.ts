import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Scope } from '../identity.ts';
import { localCgroups } from './cgroups.ts';
import type { CommandRunner } from './commandRunner.ts';
import { onFile } from './fileErrors.ts';
import { runtimeMessage } from './runtimeMessage.ts';

/**
 * Runs a trivial capsule with limits, on the host's own programs. Returns undefined when that worked, else why not: a
 * version says nothing about the machine's cgroups. To be done under the project's lock.
 * @param runtime absolute path
 */
export async function probeRuntime(
  scope: Scope,
  project: string,
  runner: CommandRunner,
  runtime: string,
): Promise<string | undefined> {
  const { id, folder, cgroup } = placeOf(scope, project);
  await removeProbe(scope, project);
  try {
    await onFile('cannot try the OCI runtime', () => writeBundle(folder, `${cgroup}/capsule`));
    const argv = [runtime, '--root', `${folder}/state`, 'run', '--bundle', folder, id];
    const ended = await runner.finish({ argv, effect: 'change' });
    return ended.code === 0 ? undefined : runtimeMessage(ended.stderr) || `exit status ${ended.code}`;
  } finally {
    await removeProbe(scope, project);
  }
}

/** Takes away what a trial has left, also one that was cut off. */
export async function removeProbe(scope: Pick<Scope, 'id' | 'run'>, project: string): Promise<void> {
  const { folder, cgroup } = placeOf(scope, project);
  await localCgroups.kill(cgroup, new AbortController().signal);
  await localCgroups.remove(cgroup);
  rmSync(folder, { recursive: true, force: true });
}

function placeOf({ id: scope, run }: Pick<Scope, 'id' | 'run'>, project: string) {
  const id = `probe-${project}`;
  return { id, folder: `${run}/${id}`, cgroup: `/nova/${scope}/${id}` };
}

function writeBundle(folder: string, cgroupsPath: string): void {
  const root = `${folder}/rootfs`;
  // crun opens `/dev` to put devices there, whether there are any or not.
  for (const name of ['dev', 'proc']) mkdirSync(`${root}/${name}`, { recursive: true, mode: 0o755 });
  const config = {
    ociVersion: '1.0.2',
    root: { path: 'rootfs' },
    process: {
      args: ['/bin/sh', '-c', ':'],
      cwd: '/',
      env: ['PATH=/usr/bin:/bin'],
      user: { uid: 0, gid: 0 },
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      ...programs.flatMap((path) => borrowed(root, path)),
    ],
    linux: {
      cgroupsPath,
      namespaces: ['pid', 'mount', 'ipc', 'uts', 'network'].map((type) => ({ type })),
      resources: { memory: { limit: 64 * 1024 * 1024 }, pids: { limit: 16 } },
    },
  };
  writeFileSync(`${folder}/config.json`, JSON.stringify(config));
}

/** Where a shell and its libraries are, on one system or another. */
const programs = ['/bin', '/lib', '/lib32', '/lib64', '/usr', '/nix', '/gnu'];

/** The host's folder, mounted read-only; of a link to another one, the link. */
function borrowed(root: string, path: string): object[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink() === true) symlinkSync(readlinkSync(path), join(root, path));
  if (stats?.isDirectory() !== true) return [];
  return [{ destination: path, type: 'bind', source: path, options: ['bind', 'ro'] }];
}
