import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { linkName, namespaceName } from '../../../reconcilers/identity.ts';
import { must, run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => world[Symbol.asyncDispose]());

const novaFile = `
project = "demo"

[network.lan]
subnet = "192.168.82.1/24"

[container.app]
capsule = "./root"
command = ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]
network = "lan"
ports = ["8080:80"]
stop_timeout = 1
`;

const id = () => world.identity('demo', 'container.app');
const runFolder = () => join(world.scope.run, 'containers');
const dataFolder = () => join(world.scope.data, 'containers');

async function runtime(...argv: string[]): Promise<void> {
  const program = (await must(['sh', '-c', 'command -v runc || command -v crun'])).trim();
  await must([program, '--root', join(world.scope.run, 'runtime'), ...argv]);
}

async function processes(cgroup: string): Promise<number[]> {
  for (const root of ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']) {
    const path = `${root}/nova/${world.scope.id}/${id()}/${cgroup}/cgroup.procs`;
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return text.trim().split('\n').filter(Boolean).map(Number);
  }
  return [];
}

async function signal(cgroup: string, name: NodeJS.Signals): Promise<void> {
  for (const pid of await processes(cgroup)) process.kill(pid, name);
}

/** Everything on the machine that bears the name of this container or its scope. */
async function leftovers(): Promise<string[]> {
  const { id: scope } = world.scope;
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(id()));
  const namespaces = (await readdir('/run/netns').catch(() => [])).filter((name) =>
    name.startsWith(`nova-${scope}`),
  );
  // With the last of everything its folder goes too.
  const { stdout: files } = await run(['find', '/run/nova', world.dataDirectory, '-name', `*${id()}*`]);
  const cgroups = await must(['sh', '-c', `find /sys/fs/cgroup -type d -name '*${id()}*'`]);
  return [...mounts, ...namespaces, ...files.split('\n'), ...cgroups.split('\n')].filter(Boolean);
}

const states: readonly { what: string; by: () => Promise<unknown> }[] = [
  { what: 'runs', by: () => Promise.resolve() },
  { what: 'is paused', by: () => runtime('pause', id()) },
  { what: 'is stopped by a signal', by: () => signal('capsule', 'SIGSTOP') },
  { what: 'is watched by nobody', by: () => signal('monitor', 'SIGKILL') },
  { what: 'has lost its configuration', by: () => rm(join(runFolder(), id(), 'config.json')) },
  {
    what: 'has lost the files that name its owner',
    by: () => must(['sh', '-c', `rm ${runFolder()}/*.owner ${dataFolder()}/*.owner`]),
  },
  { what: 'has lost its link', by: () => world.inside(['ip', 'link', 'del', linkName(id())]) },
  {
    what: 'has lost the name of its namespace',
    by: () => must(['ip', 'netns', 'delete', namespaceName(world.scope, id())]),
  },
  {
    what: 'has lost its processes',
    by: () => signal('monitor', 'SIGKILL').then(() => signal('capsule', 'SIGKILL')),
  },
  { what: 'has lost its root', by: () => must(['umount', '-l', join(runFolder(), id(), 'rootfs')]) },
];

describe('destroy', () => {
  it.each(states)('leaves nothing of a capsule that $what', async ({ by }) => {
    await world.write(novaFile);
    await world.novaMust(['apply', '--yes']);
    await by();
    await world.novaMust(['destroy', '--yes']);
    expect(await leftovers()).toEqual([]);
  });
});
