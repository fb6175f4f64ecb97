import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { openStateReader } from '../../stateStore/reader.ts';
import { vmPaths } from '../../reconcilers/vm/paths.ts';
import { createWorld, type World } from '../system/support/world.ts';
import { makeTinyGuest } from '../system/support/tinyGuest.ts';
import { show, summary } from './measure.ts';
import { install } from './shipped.ts';

/** From nothing to a machine that answers on QMP: Nova's own step, beside the same command line started by hand. */
export async function machine(times: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nova-bench-'));
  await using shipped = await install();
  await using world = await createWorld({ program: shipped.launcher });
  const { kernel, initrd } = await makeTinyGuest(folder);
  await world.write(`project = "bench"
[network.lan]
subnet = "192.168.79.1/24"
[vm.tiny]
boot = { kernel = "${kernel}", initrd = "${initrd}", cmdline = "console=ttyS0" }
memory = "256Mi"
network = "lan"
accel = "tcg"
stop_timeout = 1
`);
  await world.novaMust(['apply', '--yes']);
  const paths = vmPaths(world.scope, world.identity('bench', 'vm.tiny'));
  const argv = await commandLine(paths.cgroup);
  const nova: number[] = [];
  const raw: number[] = [];
  for (let index = 0; index < times; index += 1) {
    await world.novaMust(['stop', 'vm.tiny']);
    raw.push(await byHand(world, argv, paths.qmp));
    await world.novaMust(['start', 'vm.tiny']);
    nova.push(lastStart(world));
  }
  await rm(folder, { recursive: true });
  const [ours, theirs] = [summary(nova), summary(raw)];
  return [
    'a virtual machine, from its start to an answer on QMP',
    `  nova, the step of starting it   ${show(ours)}`,
    `  the same QEMU by hand           ${show(theirs)}`,
    `  difference of the medians       ${(ours.median - theirs.median).toFixed(0)} ms`,
  ].join('\n');
}

async function commandLine(cgroup: string): Promise<readonly string[]> {
  for (const root of ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']) {
    const pid = await readFile(`${root}${cgroup}/cgroup.procs`, 'utf8').catch(() => '');
    if (pid.trim() === '') continue;
    return (await readFile(`/proc/${pid.trim().split('\n')[0]}/cmdline`, 'utf8')).split('\0').filter(Boolean);
  }
  throw new Error('the machine does not run');
}

async function byHand(world: World, argv: readonly string[], qmp: string): Promise<number> {
  const begun = performance.now();
  const qemu = spawn('nsenter', [`--net=/run/netns/${world.netns}`, ...argv], { stdio: 'ignore' });
  const ended = new Promise((resolve) => qemu.once('close', resolve));
  while (!(await answers(qmp))) await sleep(1);
  const taken = performance.now() - begun;
  qemu.kill('SIGKILL');
  await ended;
  return taken;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}

/** ms, from the journal: the intent is written right before the step, the outcome right after it. */
function lastStart(world: World): number {
  const reader = openStateReader({ directory: world.stateDirectory });
  try {
    const owner = { scope: world.scope.id, project: 'bench' };
    const row = reader.journal(owner, 20).find(({ step }) => step === 'start');
    return (row?.ended ?? Number.NaN) - (row?.begun ?? Number.NaN);
  } finally {
    reader.close();
  }
}
