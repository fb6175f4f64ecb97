import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { namespaceName } from '../../../reconcilers/identity.ts';
import { lentByDhcp6 } from '../support/dhclient.ts';
import { must, run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const station = `nvt-${randomBytes(4).toString('hex')}`;
const mac = '52:54:00:12:34:56';

beforeAll(async () => {
  world = await createWorld();
  await must(['ip', 'netns', 'add', station]);
  await world.write(novaFile());
  await world.novaMust(['apply', '--yes']);
  await plugIn();
});

afterAll(async () => {
  await run(['ip', 'netns', 'delete', station]);
  await world[Symbol.asyncDispose]();
});

function novaFile({ six = true } = {}): string {
  return `
project = "demo"

[network.lan]
subnet = "192.168.82.1/24"
gateway = "192.168.82.254"
${six ? 'subnet6 = "fd00:82::1/64"\ndhcp_range6 = "fd00:82::100-fd00:82::1ff"' : ''}

[network.six]
subnet6 = "fd00:83::1/64"
profile = "internal"

[container.web]
capsule = "./root"
command = ["sh", "-c", "echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
network = "lan"
services = { http = 80 }
stop_timeout = 1

[container.peer]
capsule = "./root"
command = ["sleep", "100000"]
network = "lan"
stop_timeout = 1

[container.lone]
capsule = "./root"
command = ["sleep", "100000"]
network = { name = "six", ip6 = "fd00:83::9" }
stop_timeout = 1
`;
}

/** A stranger's link to the bridge: it has what it hears and asks for, and nothing else. */
async function plugIn(): Promise<void> {
  await world.inside([
    'ip',
    'link',
    'add',
    'port0',
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    station,
  ]);
  await at('ip', 'link', 'set', 'eth0', 'address', mac);
  await world.inside(['ip', 'link', 'set', 'port0', 'master', 'lan', 'up']);
  await at('ip', 'link', 'set', 'lo', 'up');
  await at('ip', 'link', 'set', 'eth0', 'up');
}

const at = (...argv: readonly string[]) => must(['nsenter', `--net=/run/netns/${station}`, ...argv]);
const exec = (name: string, ...argv: readonly string[]) => world.novaMust(['exec', name, '--', ...argv]);
const globals = (text: string) => [...text.matchAll(/inet6 (\S+) scope global/g)].map((match) => match[1]);
const inCapsule = async (name: string) =>
  globals(await exec(name, 'ip', '-6', 'addr', 'show', 'dev', 'eth0'));
/** Without the stranger on the bridge, who is always told. */
const drift = async () => (await world.drift()).filter((item) => item.class !== 'unmanaged');
const solicit = () =>
  at(process.execPath, resolve(import.meta.dirname, '../support/solicitMain.ts'), 'eth0', mac);

describe('a network with both families', () => {
  it('gives each capsule an address of each, and only those', async () => {
    expect(await inCapsule('web')).toEqual([expect.stringMatching(/^fd00:82::.*\/64$/)]);
    expect(await exec('web', 'ip', '-4', 'addr', 'show', 'dev', 'eth0')).toContain('192.168.82.');
    expect(await inCapsule('lone')).toEqual(['fd00:83::9/64']);
    expect(await drift()).toEqual([]);
  });

  it('answers names with both, and is reached by both', async () => {
    const [own] = await inCapsule('web');
    const ip6 = own?.split('/')[0] ?? '';
    expect(await exec('peer', 'nslookup', '-type=aaaa', 'web.lan.internal')).toContain(`Address: ${ip6}`);
    expect(await exec('peer', 'nslookup', '-type=a', 'web.lan.internal')).toContain('Address: 192.168.82.');
    expect(
      await exec('peer', 'sh', '-c', `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 5 nc ${ip6} 80`),
    ).toContain('hello');
  });

  it('tells where a service is, and who the router is', async () => {
    for (const name of ['_http._tcp.web', '_http._tcp.web.lan.internal'])
      expect(await exec('peer', 'nslookup', '-type=srv', name)).toContain('80 web.lan.internal');
    expect(await exec('peer', 'ip', 'route', 'show', 'default')).toContain('via 192.168.82.254');
  });

  it('answers names where there is nothing but IPv6', async () => {
    expect(await exec('lone', 'nslookup', '-type=aaaa', 'lone.six.internal')).toContain(
      'Address: fd00:83::9',
    );
    expect(await exec('lone', 'cat', '/etc/resolv.conf')).toContain('nameserver fd00:83::1');
  });

  it('announces itself to strangers, and lends them addresses', async () => {
    await expect
      .poll(async () => globals(await at('ip', '-6', 'addr', 'show', 'dev', 'eth0')), { timeout: 30_000 })
      .toContainEqual(expect.stringMatching(/^fd00:82::.*\/64$/));
    await expect
      .poll(() => at('ip', '-6', 'route', 'show', 'default'), { timeout: 30_000 })
      .toContain('proto ra');
    expect(await solicit()).toMatch(/^fd00:82::1[0-9a-f]{2}\n$/);
  });

  it('lends an address to a client that people have', async () => {
    expect(await lentByDhcp6(station, 'eth0', world.folder)).toMatch(/^fd00:82::1[0-9a-f]{2}\n$/);
  });

  it('keeps its leases when its DNS and DHCP server is killed', async () => {
    const first = await solicit();
    const folder = join(world.scope.run, 'networks', world.identity('demo', 'network.lan'));
    await world.inside(['sh', '-c', `kill -9 $(cat ${folder}/*.pid)`]);
    expect(await drift()).toMatchObject([{ address: 'network.lan', class: 'stopped' }]);
    await world.novaMust(['apply', '--yes']);
    expect(await solicit()).toBe(first);
  });

  it.each([
    { what: 'the IPv6 address of the bridge', by: 'ip -6 addr flush dev lan scope global', path: 'subnet6' },
    { what: 'another IPv6 address on the bridge', by: 'ip addr add fd00:99::1/64 dev lan', path: 'subnet6' },
    { what: 'the bridge, down and up', by: 'ip link set lan down; ip link set lan up', path: 'subnet6' },
    {
      what: 'the only address of a bridge without IPv4',
      by: 'ip addr del fd00:83::1/64 dev six',
      path: 'subnet6',
    },
  ])('is repaired after a hand was at $what', async ({ by, path }) => {
    await world.inside(['sh', '-ec', by]);
    expect((await drift()).flatMap(({ fields }) => fields.map((field) => field.path))).toEqual([path]);
    await world.novaMust(['apply', '--yes']);
    expect(await drift()).toEqual([]);
  });

  it.each([
    { what: 'the IPv6 address', by: 'ip -6 addr flush dev eth0 scope global', path: 'ip6' },
    { what: 'a second one', by: 'ip addr add fd00:82::77/64 dev eth0', path: 'ip6' },
    {
      what: 'the routes, without a way out',
      by: 'ip -6 route del default',
      path: 'gateway6',
    },
    { what: 'the link, down and up', by: 'ip link set eth0 down; ip link set eth0 up', path: 'ip6' },
  ])('mends a capsule after a hand was at $what', async ({ by, path }) => {
    const namespace = namespaceName(world.scope, world.identity('demo', 'container.web'));
    await must(['nsenter', `--net=/run/netns/${namespace}`, 'sh', '-ec', by]);
    const found = await drift();
    expect(found.map(({ address }) => address)).toEqual(['container.web']);
    expect(found.flatMap(({ fields }) => fields.map((field) => field.path))).toContain(path);
    await world.novaMust(['apply', '--yes']);
    expect(await drift()).toEqual([]);
    expect(await inCapsule('web')).toHaveLength(1);
  });

  it('loses and gets IPv6 while its capsules go on', async () => {
    const pids = async () => Promise.all(['web', 'peer'].map((name) => exec(name, 'cat', '/proc/1/stat')));
    const started = (stats: readonly string[]) => stats.map((stat) => stat.split(' ')[21]);
    const before = started(await pids());
    await world.write(novaFile({ six: false }));
    await world.novaMust(['apply', '--yes']);
    expect(await inCapsule('web')).toEqual([]);
    expect(await drift()).toEqual([]);
    await world.write(novaFile());
    await world.novaMust(['apply', '--yes']);
    expect(await inCapsule('web')).toEqual([expect.stringMatching(/^fd00:82::/)]);
    expect(await drift()).toEqual([]);
    expect(started(await pids())).toEqual(before);
  });
});
