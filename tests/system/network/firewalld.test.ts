import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { namespaceName } from '../../../reconcilers/identity.ts';
import { startController } from '../support/controller.ts';
import { type Firewalld, startFirewalld } from '../support/firewalld.ts';
import { must, run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

const novaFile = `
project = "demo"

[network.lan]
subnet = "192.168.77.1/24"
dhcp_range = "192.168.77.100-192.168.77.150"
forwards = ["8080 -> container.web:80"]

[container.web]
capsule = "./root"
command = ["httpd", "-f", "-p", "80", "-h", "/etc"]
network = "lan"
stop_timeout = 1
`;

let world: World;
let firewalld: Firewalld | undefined;
const outside = `nvt-${randomBytes(4).toString('hex')}`;

const enter = (name: string) => ['nsenter', `--net=/run/netns/${name}`];
const within = (name: string, line: string) => must([...enter(name), 'sh', '-ec', line]);
const web = () => namespaceName(world.scope, world.identity('demo', 'container.web'));
const ends = async (name: string, ...argv: readonly string[]) =>
  (await run([...enter(name), ...argv])).code === 0;

/** What a network is for: members get out, are told names, and are reached by a port of the host. */
const uses = {
  out: () => ends(web(), 'busybox', 'ping', '-c', '1', '-W', '1', '10.9.9.9'),
  names: () => ends(web(), 'busybox', 'nslookup', 'web.lan.internal', '192.168.77.1'),
  port: () => ends(outside, 'curl', '-s', '--max-time', '1', 'http://10.9.9.1:8080/passwd'),
};
const works = async () => {
  for (const use of Object.values(uses)) await expect.poll(use).toBe(true);
};
const nova = (...argv: readonly string[]) => world.novaMust(argv, { env: firewalld?.env ?? {} });
const cmd = async (...argv: readonly string[]) => (await firewalld?.cmd(...argv))?.trim();
const zone = () => cmd('--zone=trusted', '--list-interfaces');
const drift = async () => (await world.drift()).map(({ fields }) => fields.map(({ path }) => path));

beforeAll(async () => {
  world = await createWorld();
  for (const name of [world.netns, outside]) await must(['ip', 'netns', 'add', name]);
  await within(world.netns, `ip link set lo up; ip link add wan0 type veth peer name eth0 netns ${outside}`);
  await within(world.netns, 'ip addr add 10.9.9.1/24 dev wan0; ip link set wan0 up');
  await within(outside, 'ip link set lo up; ip addr add 10.9.9.9/24 dev eth0; ip link set eth0 up');
  firewalld = await startFirewalld(world.netns);
  await world.write(novaFile);
  await nova('apply', '--yes');
});

afterAll(async () => {
  await firewalld?.[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  for (const name of [outside, world.netns]) await run(['ip', 'netns', 'delete', name]);
});

describe('networks beside firewalld', () => {
  it('work, as it was told of their bridge', async () => {
    await works();
    expect([await zone(), await drift()]).toEqual(['lan', []]);
  });

  it.each([
    { hand: 'takes the bridge out of its zone', argv: ['--zone=trusted', '--remove-interface=lan'] },
    { hand: 'has it reload', argv: ['--reload'] },
    { hand: 'has it forget all that it was told', argv: ['--complete-reload'] },
  ])('are repaired when somebody $hand', async ({ argv }) => {
    await cmd(...argv);
    expect(await uses.out()).toBe(false);
    expect(await drift()).toEqual([['firewalld']]);
    await nova('apply', '--yes');
    await works();
    expect([await zone(), await drift()]).toEqual(['lan', []]);
  });

  it('follow it by themselves where a controller is at work', async () => {
    const others = () => cmd('--zone=public', '--list-all');
    const before = await others();
    await using _running = startController(world, ['watch', '--json', '--name', 'lab'], firewalld?.env);
    for (let reload = 0; reload < 2; reload += 1) {
      await cmd('--reload');
      await expect.poll(zone).toBe('lan');
      await works();
    }
    expect(await others()).toBe(before);
  });

  it('are repaired when everything is flushed, and when firewalld has made its own again', async () => {
    await within(world.netns, 'nft flush ruleset');
    expect(await drift()).not.toEqual([]);
    await nova('apply', '--yes');
    await works();
    // It cannot reload where its table is not there.
    await within(world.netns, 'nft add table inet firewalld');
    await cmd('--reload');
    await nova('apply', '--yes');
    await works();
    expect([await zone(), await drift()]).toEqual(['lan', []]);
  });

  it('are left in the zone that somebody has chosen', async () => {
    await cmd('--zone=internal', '--change-interface=lan');
    expect(await drift()).toEqual([]);
    await nova('apply', '--yes');
    expect(await cmd('--get-zone-of-interface=lan')).toBe('internal');
    await cmd('--zone=trusted', '--change-interface=lan');
  });

  it('are forgotten by it when they go', async () => {
    await nova('destroy', '--yes');
    expect(await zone()).toBe('');
    expect(await within(world.netns, 'nft list tables')).toBe('table inet firewalld\n');
  });
});
