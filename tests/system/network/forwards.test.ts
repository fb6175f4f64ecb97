import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { must, run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

const novaFile = `
project = "demo"

[network.lan]
subnet = "192.168.77.1/24"
forwards = [
  "8081 -> container.web:80",
  "127.0.0.1:8082 -> container.web:80",
  "10.9.9.1:8083 -> container.web:80",
  "5353 -> 192.168.77.200:53/udp",
]

[network.inner]
subnet = "192.168.78.1/24"
profile = "internal"
forwards = ["8084 -> container.kept:80"]

[container.web]
capsule = "./root"
command = ["sh", "-c", "echo web > /srv/index.html; exec httpd -f -p 80 -h /srv"]
network = "lan"
ports = ["8080:80"]
health = { http = ":80/" }
stop_timeout = 1

[container.visitor]
capsule = "./root"
command = ["sleep", "100000"]
network = "lan"
stop_timeout = 1

[container.kept]
capsule = "./root"
command = ["sh", "-c", "echo kept > /srv/index.html; exec httpd -f -p 80 -h /srv"]
network = "inner"
health = { http = ":80/" }
stop_timeout = 1

[container.beside]
capsule = "./root"
command = ["sleep", "100000"]
network = "inner"
stop_timeout = 1
`;

let world: World;
const outside = `nvt-${randomBytes(4).toString('hex')}`;
/** On the bridge, and not Nova's. */
const member = `nvt-${randomBytes(4).toString('hex')}`;

const enter = (name: string) => ['nsenter', `--net=/run/netns/${name}`];
const within = (name: string, line: string) =>
  must(['nsenter', `--net=/run/netns/${name}`, 'sh', '-ec', line]);

beforeAll(async () => {
  world = await createWorld();
  for (const name of [world.netns, outside, member]) await must(['ip', 'netns', 'add', name]);
  await within(world.netns, 'ip link set lo up; ip link add wan0 type veth peer name eth0');
  await within(
    world.netns,
    `ip link set eth0 netns ${outside}; ip addr add 10.9.9.1/24 dev wan0; ip link set wan0 up`,
  );
  await within(outside, 'ip link set lo up; ip addr add 10.9.9.9/24 dev eth0; ip link set eth0 up');
  await world.write(novaFile);
  await world.novaMust(['apply', '--yes']);
  await within(
    world.netns,
    `ip link add port type veth peer name eth0 netns ${member}; ip link set port master lan up`,
  );
  await within(
    member,
    'ip addr add 192.168.77.200/24 dev eth0; ip link set lo up; ip link set eth0 up; ip route add default via 192.168.77.1',
  );
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  for (const name of [outside, member, world.netns]) await run(['ip', 'netns', 'delete', name]);
});

/** What a page says; the empty text when it is not reached. */
const fetched = async (name: string, where: string) =>
  (await run([...enter(name), 'curl', '-s', '--max-time', '3', `http://${where}/`])).stdout.trim();

const fetchedIn = async (container: string, where: string) =>
  (
    await world.nova(['exec', container, '--', 'timeout', '3', 'wget', '-q', '-O', '-', `http://${where}/`])
  ).stdout.trim();

describe('a port of the host', () => {
  it.each([
    { reason: 'published, from elsewhere', from: 'outside', where: '10.9.9.1:8080', page: 'web' },
    { reason: 'forwarded, from elsewhere', from: 'outside', where: '10.9.9.1:8081', page: 'web' },
    {
      reason: 'forwarded on 127.0.0.1 alone, from elsewhere',
      from: 'outside',
      where: '10.9.9.1:8082',
      page: '',
    },
    {
      reason: 'forwarded on one address, from elsewhere',
      from: 'outside',
      where: '10.9.9.1:8083',
      page: 'web',
    },
    { reason: 'forwarded on one address, at another', from: 'host', where: '192.168.77.1:8083', page: '' },
    { reason: 'into an internal network, from elsewhere', from: 'outside', where: '10.9.9.1:8084', page: '' },
    { reason: 'published, at 127.0.0.1', from: 'host', where: '127.0.0.1:8080', page: 'web' },
    { reason: 'forwarded, at 127.0.0.1', from: 'host', where: '127.0.0.1:8081', page: 'web' },
    { reason: 'forwarded on 127.0.0.1 alone', from: 'host', where: '127.0.0.1:8082', page: 'web' },
    { reason: 'into an internal network, at 127.0.0.1', from: 'host', where: '127.0.0.1:8084', page: 'kept' },
    {
      reason: 'into an internal network, by another address',
      from: 'host',
      where: '10.9.9.1:8084',
      page: 'kept',
    },
  ] as const)('is $reason: $page', async ({ from, where, page }) => {
    const name = from === 'host' ? world.netns : outside;
    if (page === '') expect(await fetched(name, where)).toBe('');
    else await expect.poll(() => fetched(name, where), { timeout: 20_000 }).toBe(page);
  });

  it.each([
    { who: 'visitor', where: '192.168.77.1:8081', page: 'web' },
    { who: 'visitor', where: '10.9.9.1:8083', page: 'web' },
    { who: 'web', where: '192.168.77.1:8081', page: 'web' },
    { who: 'beside', where: '192.168.78.1:8084', page: 'kept' },
  ])('is reached by $who on the same network at $where', async ({ who, where, page }) => {
    await expect.poll(() => fetchedIn(who, where), { timeout: 20_000 }).toBe(page);
  });

  it('leads datagrams to an address of the network', async () => {
    const server = spawn('nsenter', [`--net=/run/netns/${member}`, process.execPath, '-e', echoes], {
      stdio: 'ignore',
    });
    try {
      for (const [name, to] of [
        [outside, '10.9.9.1'],
        [world.netns, '127.0.0.1'],
      ] as const) {
        const ask = async () =>
          (await run(['nsenter', `--net=/run/netns/${name}`, process.execPath, '-e', asks, to])).stdout;
        await expect.poll(ask, { timeout: 20_000 }).toBe('answer');
      }
    } finally {
      server.kill('SIGKILL');
    }
  });
});

const echoes = `const s = require('dgram').createSocket('udp4');
s.on('message', (_, from) => s.send('answer', from.port, from.address)).bind(53);`;
const asks = `const s = require('dgram').createSocket('udp4');
s.on('message', (text) => { process.stdout.write(text.toString()); s.close(); });
s.send('?', 5353, process.argv[1]); setTimeout(() => process.exit(1), 1000);`;

describe('what listens on 127.0.0.1 of the host', () => {
  it('is not reached by a member that knows the way, as long as the rules are there', async () => {
    const { netns } = world;
    const server = spawn(
      'nsenter',
      [`--net=/run/netns/${netns}`, 'busybox', 'httpd', '-f', '-p', '127.0.0.1:9999', '-h', world.folder],
      { stdio: 'ignore' },
    );
    try {
      const file = 'NovaFile.toml';
      const url = `http://127.0.0.1:9999/${file}`;
      const ask = (name: string) => run([...enter(name), 'curl', '-s', '--max-time', '2', url]);
      await expect.poll(async () => (await ask(netns)).code, { timeout: 20_000 }).toBe(0);
      await within(
        member,
        'echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet; ip link set lo down; ip addr flush dev lo;' +
          'ip route add 127.0.0.1 via 192.168.77.1 dev eth0 src 192.168.77.200',
      );
      expect((await ask(member)).code).not.toBe(0);
      const [, table = ''] = /table inet (nova-\S+)/.exec(await within(netns, 'nft list tables')) ?? [];
      await within(netns, `nft flush chain inet ${table} raw`);
      // The test itself would reach it.
      await expect.poll(async () => (await ask(member)).code, { timeout: 20_000 }).toBe(0);
      await world.novaMust(['apply', '--yes']);
      expect((await ask(member)).code).not.toBe(0);
    } finally {
      server.kill('SIGKILL');
    }
  });
});

describe('a forward that is broken by hand', () => {
  it.each([
    { hand: 'its rule is deleted', line: 'nft flush chain inet TABLE prerouting', path: 'rules' },
    {
      hand: 'route_localnet is switched off',
      line: 'echo 0 > /proc/sys/net/ipv4/conf/lan/route_localnet',
      path: 'route_localnet',
    },
    { hand: 'the whole ruleset is flushed', line: 'nft flush ruleset', path: 'rules' },
  ])('is told and repaired: $hand', async ({ line, path }) => {
    const [, table = ''] = /table inet (nova-\S+)/.exec(await within(world.netns, 'nft list tables')) ?? [];
    await within(world.netns, line.replace('TABLE', table));
    const item = (await world.drift()).find(
      ({ address, class: kind }) => address === 'network.lan' && kind === 'changed',
    );
    expect(item?.fields.map((field) => field.path)).toContain(path);
    await world.novaMust(['apply', '--yes']);
    await expect.poll(() => fetched(world.netns, '127.0.0.1:8081'), { timeout: 20_000 }).toBe('web');
    expect((await world.drift()).filter(({ class: kind }) => kind !== 'unmanaged')).toEqual([]);
  });
});
