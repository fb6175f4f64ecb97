import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorld, type World } from '../system/support/world.ts';
import { inParallel, must, run, show, summary, timed } from './measure.ts';
import { install } from './shipped.ts';

const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
const width = 4;

const novaFile = `project = "bench"
${names.map((name) => `[container.${name}]\ncapsule = "./root"\ncommand = ["sleep", "100000"]\nstop_timeout = 1`).join('\n')}
`;

/** Twenty capsules from nothing to running, beside conmon and runc started by hand from the same config.json. */
export async function capsules(times: number): Promise<string> {
  await using shipped = await install();
  await using world = await createWorld({ program: shipped.launcher });
  await world.write(novaFile);
  const nova: number[] = [];
  const raw: number[] = [];
  for (let index = 0; index < times; index += 1) {
    nova.push(await timed(() => world.novaMust(['apply', '--yes', '--parallelism', String(width)])));
    const bundles = await Promise.all(names.map((name) => bundleLike(world, name)));
    raw.push(await timed(() => inParallel(bundles, width, start)));
    for (const bundle of bundles) await stop(bundle);
    await world.novaMust(['destroy', '--yes']);
  }
  const [ours, theirs] = [summary(nova), summary(raw)];
  return [
    `${names.length} capsules, ${width} at once`,
    `  nova apply, whole process   ${show(ours)}`,
    `  conmon + runc by hand       ${show(theirs)}`,
    `  ratio of the medians        ${(ours.median / theirs.median).toFixed(2)}`,
  ].join('\n');
}

interface Bundle {
  readonly id: string;
  readonly folder: string;
}

/** Nova's own configuration of a capsule with another cgroup; the root is the same mounted overlay. */
async function bundleLike(world: World, name: string): Promise<Bundle> {
  const identity = world.identity('bench', `container.${name}`);
  const text = await readFile(join(world.scope.run, 'containers', identity, 'config.json'), 'utf8');
  const id = `nova-bench-${name}`;
  const folder = join(world.folder, 'bench', name);
  await mkdir(join(folder, 'exits'), { recursive: true });
  const config = JSON.parse(text) as { root: { path: string }; linux: { cgroupsPath: string } };
  config.linux.cgroupsPath = `/${id}`;
  if (!config.root.path.startsWith('/')) {
    config.root.path = join(world.scope.run, 'containers', identity, config.root.path);
  }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return { id, folder };
}

function start({ id, folder }: Bundle): Promise<void> {
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

async function stop({ id }: Bundle): Promise<void> {
  await run(['runc', 'delete', '--force', id]);
}
