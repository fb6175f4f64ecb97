import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startController, until } from '../../system/support/controller.ts';
import { createWorld } from '../../system/support/world.ts';
import { install } from '../shipped.ts';
import { isWell, tables } from './told.ts';

const capsule = (index: number): string => `[container.c${index}]
capsule = "./root"
command = ["sleep", "100000"]
network = "n${index}"
volumes = ["v${index}:/data"]
stop_timeout = 1
`;

/** What a controller takes of the machine while nothing happens: 1,000 resources, in the mix of a busy host. */
export async function idle(seconds: number): Promise<string> {
  await using shipped = await install();
  await using world = await createWorld({ program: shipped.launcher });
  const networks = tables(
    200,
    (index) => `[network.n${index}]\nsubnet = "10.100.${index}.1/24"\ndns = false\n`,
  );
  const volumes = tables(780, (index) => `[volume.v${index}]\n`);
  await world.write(`project = "bench"\n${networks}${volumes}${tables(20, capsule)}`);
  const record = join(world.folder, 'commands');
  await using running = startController(world, ['watch', '--json', '--name', 'lab'], {
    NOVA_COMMAND_LOG: record,
  });
  const begun = Date.now();
  await until('as declared', isWell(world), 300_000);
  const converged = Date.now() - begun;
  await sleep(15_000);
  const pid = await innermost(running.pid);
  const [cpu, commands, written] = [
    await cpuTime(pid),
    await lines(record),
    await stamp(world.stateDirectory),
  ];
  await sleep(seconds * 1000);
  const used = (await cpuTime(pid)) - cpu;
  const started = (await lines(record)) - commands;
  const same = (await stamp(world.stateDirectory)) === written;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const memory = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  return [
    `a controller of 1,000 resources at rest, over ${seconds} s (all as declared after ${(converged / 1000).toFixed(1)} s)`,
    `  processor        ${((used / seconds / 1000) * 100).toFixed(2)} % of a core, with all that it started`,
    `  memory           ${memory.toFixed(0)} MiB`,
    `  database         ${same ? 'nothing was written' : 'SOMETHING WAS WRITTEN'}`,
    `  commands run     ${started}`,
  ].join('\n');
}

/** The launcher may have started another Node. */
async function innermost(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
  for (const child of children.filter(Boolean).map(Number)) {
    const words = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (words.includes('watch\0')) return innermost(child);
  }
  return pid;
}

/** ms of a process, of those that it has waited for, and of those that it still has */
async function cpuTime(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => ''))
    .trim()
    .split(' ')
    .filter(Boolean);
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
  const theirs = await Promise.all(children.map((child) => cpuTime(Number(child))));
  return theirs.reduce((sum, each) => sum + each, own);
}

async function lines(path: string): Promise<number> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n').length;
}

async function stamp(stateDirectory: string): Promise<string> {
  const { mtimeMs, size } = await stat(join(stateDirectory, 'nova.db-wal'));
  return `${mtimeMs} ${size}`;
}
