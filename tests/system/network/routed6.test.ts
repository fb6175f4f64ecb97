import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { namespaceName } from '../../../reconcilers/identity.ts';
import { must, run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

const novaFile = `
project = "demo"

[network.lan]
subnet = "192.168.77.1/24"
subnet6 = "fd00:77::1/64"
forwards = ["8081 -> container.web:80"]

[network.led]
uplink = "wan0"
subnet6 = "fd00:78::1/64"

[container.peer]
capsule = "./root"
command = ["sleep", "100000"]
network = "led"
stop_timeout = 1

[container.web]
capsule = "./root"
command = ["httpd", "-f", "-p", "80", "-h", "/etc"]
network = "lan"
ports = ["8080:80"]
stop_timeout = 1
`;

let world: World;
let announcer: ChildProcess | undefined;
/** Announces itself as the host's router; beyond it there is 2001:db8:9::9. */
const router = `nvt-${randomBytes(4).toString('hex')}`;

const enter = (name: string) => ['nsenter', `--net=/run/netns/${name}`];
const within = (name: string, line: string) => must([...enter(name), 'sh', '-ec', line]);
const web = () => namespaceName(world.scope, world.identity('demo', 'container.web'));
const peer = () => namespaceName(world.scope, world.identity('demo', 'container.peer'));
const reaches = async (name: string) =>
  (await run([...enter(name), 'busybox', 'ping', '-6', '-c', '1', '-W', '2', '2001:db8:9::9'])).code === 0;
const value = async (name: string) =>
  (await within(world.netns, `cat /proc/sys/net/ipv6/conf/${name}`)).trim();
const defaultRoute = () => within(world.netns, 'ip -6 route show default');
const connects = async (name: string, host: string, port: number) =>
  (await run([...enter(name), 'curl', '-s', '-g', '--max-time', '2', `http://[${host}]:${port}/passwd`]))
    .code === 0;

/** @param lifetime seconds for which it is a router; 0: not any more */
function announce(lifetime: number): void {
  announcer?.kill('SIGKILL');
  const argv = [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--port=0',
    '--interface=eth0',
    '--enable-ra',
    `--ra-param=eth0,10,${lifetime}`,
    '--dhcp-range=2001:db8:1::,ra-only',
    '--leasefile-ro',
    '--user=root',
    '--pid-file=',
    '--log-facility=/dev/null',
  ];
  announcer = spawn('nsenter', [...enter(router).slice(1), 'dnsmasq', ...argv], { stdio: 'ignore' });
}

beforeAll(async () => {
  world = await createWorld();
  for (const name of [world.netns, router]) await must(['ip', 'netns', 'add', name]);
  await within(
    router,
    `ip link set lo up; ip addr add 2001:db8:9::9/128 dev lo; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding`,
  );
  await within(world.netns, `ip link set lo up; ip link add wan0 type veth peer name eth0 netns ${router}`);
  await within(router, 'ip addr add 2001:db8:1::1/64 dev eth0 nodad; ip link set eth0 up');
  await within(world.netns, 'ip link set wan0 up');
  announce(1800);
  await vi.waitUntil(async () => (await defaultRoute()).includes('proto ra'), {
    timeout: 60_000,
    interval: 200,
  });
  await world.write(novaFile);
  await world.novaMust(['apply', '--yes']);
});

afterAll(async () => {
  announcer?.kill('SIGKILL');
  await world[Symbol.asyncDispose]();
  for (const name of [router, world.netns]) await run(['ip', 'netns', 'delete', name]);
});

describe('a host that forwards IPv6', () => {
  it('still hears its own router, and its members get out behind its address', async () => {
    expect([await value('all/forwarding'), await value('wan0/accept_ra')]).toEqual(['1', '2']);
    expect(await defaultRoute()).toContain('proto ra');
    // The router knows no way back to fd00:77::/64, nor to fd00:78::/64.
    for (const name of [web(), peer()])
      await expect.poll(() => reaches(name), { timeout: 60_000 }).toBe(true);
  });

  it('leads by its ports into the network, and nobody comes in otherwise', async () => {
    const own =
      /inet6 (2001:db8:1::[0-9a-f:]+|2001:db8:1:0:[0-9a-f:]+)\//.exec(
        await within(world.netns, 'ip -6 addr show dev wan0 scope global'),
      )?.[1] ?? '';
    for (const port of [8080, 8081])
      await expect.poll(() => connects(router, own, port), { timeout: 60_000 }).toBe(true);
    await within(router, `ip -6 route add fd00:77::/64 via ${own}`);
    const inside =
      /inet6 (fd00:77:[0-9a-f:]+)\//.exec(await within(web(), 'ip -6 addr show scope global'))?.[1] ?? '';
    expect(await connects(world.netns, inside, 80)).toBe(true);
    expect(await connects(router, inside, 80)).toBe(false);
  });

  it.each(['all/forwarding', 'wan0/accept_ra'])('has %s put right when a hand changes it', async (name) => {
    const before = await value(name);
    await within(world.netns, `echo ${name === 'all/forwarding' ? 0 : 1} > /proc/sys/net/ipv6/conf/${name}`);
    const drifted = (await world.drift()).map(({ address, class: kind }) => `${address} ${kind}`);
    expect(drifted.toSorted()).toEqual(['network.lan changed', 'network.led changed']);
    await world.novaMust(['apply', '--yes']);
    expect(await value(name)).toBe(before);
    expect(await world.drift()).toEqual([]);
  });

  it('leads members of a network with that uplink to another router, once the host has heard that one', async () => {
    announce(0);
    await expect.poll(defaultRoute, { timeout: 60_000 }).toBe('');
    await world.novaMust(['apply', '--yes']);
    expect(await reaches(peer())).toBe(false);
    const own = (await within(router, 'ip -o -6 addr show dev eth0 scope link')).split(/\s+/)[3] ?? '';
    await within(router, `ip addr add fe80::99/64 dev eth0 nodad; ip addr del ${own} dev eth0`);
    announce(1800);
    await expect.poll(defaultRoute, { timeout: 60_000 }).toContain('via fe80::99');
    expect(await world.drift()).toMatchObject([{ address: 'network.led', fields: [{ path: 'uplink' }] }]);
    await world.novaMust(['apply', '--yes']);
    await expect.poll(() => reaches(peer()), { timeout: 60_000 }).toBe(true);
    expect(await world.drift()).toEqual([]);
  });

  it('is as it was when the network goes', async () => {
    await world.novaMust(['destroy', '--yes']);
    expect([await value('all/forwarding'), await value('wan0/accept_ra')]).toEqual(['0', '1']);
  });
});
