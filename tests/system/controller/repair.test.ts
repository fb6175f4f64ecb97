import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

const novaFile = `project = "kept"
[network.lan]
subnet = "192.168.83.1/24"
[volume.data]
mode = "0750"
[container.web]
capsule = "./root"
command = ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]
network = "lan"
ports = ["8083:80"]
restart = "never"
stop_timeout = 1
`;

/** How something is broken by hand. What a look once a minute would find is found by what the host tells of it. */
const damages: readonly {
  readonly what: string;
  readonly address: string;
  readonly by: (world: World) => Promise<unknown>;
}[] = [
  {
    what: 'another MTU',
    address: 'network.lan',
    by: (world) => world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1280']),
  },
  {
    what: 'a bridge that is down',
    address: 'network.lan',
    by: (world) => world.inside(['ip', 'link', 'set', 'lan', 'down']),
  },
  {
    what: 'a bridge that is gone',
    address: 'network.lan',
    by: (world) => world.inside(['ip', 'link', 'delete', 'lan']),
  },
  {
    what: 'an address that is gone',
    address: 'network.lan',
    by: (world) => world.inside(['ip', 'address', 'flush', 'dev', 'lan']),
  },
  {
    what: 'rules that are gone',
    address: 'network.lan',
    by: (world) => world.inside(['nft', 'flush', 'ruleset']),
  },
  {
    what: 'forwarding that is off',
    address: 'network.lan',
    by: (world) => world.inside(['sysctl', '-qw', 'net.ipv4.ip_forward=0']),
  },
  {
    what: 'dnsmasq that is killed',
    address: 'network.lan',
    by: (world) => killIn(world, world.identity('kept', 'network.lan')),
  },
  {
    what: 'a container that is killed',
    address: 'container.web',
    by: (world) => killIn(world, `${world.identity('kept', 'container.web')}/capsule`),
  },
  {
    what: 'a volume with another mode',
    address: 'volume.data',
    by: (world) => chmod(join(world.dataDirectory, 'scopes', world.scope.id, 'volumes/kept/data'), 0o777),
  },
  {
    what: 'a volume that is gone',
    address: 'volume.data',
    by: (world) =>
      rm(join(world.dataDirectory, 'scopes', world.scope.id, 'volumes/kept/data'), { recursive: true }),
  },
];

async function killIn({ scope }: World, cgroup: string): Promise<void> {
  const path = `/sys/fs/cgroup/unified/nova/${scope.id}/${cgroup}/cgroup.procs`;
  await must([
    'sh',
    '-c',
    `p=${path}; [ -e $p ] || p=/sys/fs/cgroup/nova/${scope.id}/${cgroup}/cgroup.procs; kill -9 $(cat $p)`,
  ]);
}

describe('a controller', () => {
  let world: World;
  let running: RunningController;
  beforeAll(async () => {
    world = await createWorld();
    await world.write(novaFile);
    running = startController(world, ['watch', '--json', '--name', 'lab']);
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged', 60_000);
  });
  afterAll(async () => {
    await running.stop();
    await world[Symbol.asyncDispose]();
  });

  it.each(damages)('hears of $what, long before its next look, and repairs it', async ({ by, address }) => {
    const before = remembered(world).events().at(-1)?.id ?? 0;
    await by(world);
    const news = () =>
      remembered(world)
        .events()
        .filter(({ id }) => id > before);
    await until(
      'it was repaired',
      () => news().some(({ subject, reason }) => subject === address && reason === 'Converged'),
      30_000,
    );
    expect(news().find(({ subject }) => subject === address)?.reason).toBe('Drifted');
    expect(await world.drift()).toEqual([]);
  });

  it('rests when nothing happens: no row is written', async () => {
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged');
    const stamp = () => must(['stat', '-c', '%Y %s', `${world.stateDirectory}/nova.db-wal`]);
    const before = await stamp();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await stamp()).toBe(before);
  });
});
