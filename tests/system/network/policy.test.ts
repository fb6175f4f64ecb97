import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { namespaceName } from '../../../reconcilers/identity.ts';
import { ownChains } from '../../../reconcilers/network/rules/parties.ts';
import { must, run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

const container = (name: string, network: string, ip: string, more: string) => `
[container.${name}]
capsule = "./root"
network = { name = "${network}", ip = "${ip}" }
stop_timeout = 1
${more}
`;
const sleeps = 'command = ["sleep", "100000"]';
const serves =
  'command = ["sh", "-c", "echo page > /srv/index.html; httpd -p 81 -h /srv; exec httpd -f -p 80 -h /srv"]\nhealth = { tcp = 80 }';

const novaFile = `
project = "demo"

[network.lan]
subnet = "192.168.77.1/24"
policy = "closed"
allow = [
  "container.api -> container.db:80",
  "container.api -> container.web:53/udp",
  "container.far -> container.db:80",
  "10.9.9.0/24 -> container.db:81",
  "host -> container.web:81",
]

[network.far]
subnet = "192.168.78.1/24"

[network.kept]
subnet = "192.168.79.1/24"
profile = "internal"
allow = ["container.shut -> 10.9.9.9:80"]
${container('db', 'lan', '192.168.77.9', `${serves}\nports = ["8080:80"]`)}
${container('web', 'lan', '192.168.77.10', serves)}
${container('api', 'lan', '192.168.77.11', sleeps)}
${container('other', 'lan', '192.168.77.12', sleeps)}
${container('far', 'far', '192.168.78.9', serves)}
${container('shut', 'kept', '192.168.79.9', sleeps)}
${container('lone', 'kept', '192.168.79.10', sleeps)}
`;

const alien = `
project = "alien"
[network.beyond]
subnet = "192.168.80.1/24"
${container('alien', 'beyond', '192.168.80.9', serves)}
`;

let world: World;
let second: World;
const servers: ChildProcess[] = [];
const outside = `nvt-${randomBytes(4).toString('hex')}`;

const enter = (name: string) => ['nsenter', `--net=/run/netns/${name}`];
const within = (name: string, line: string) => must([...enter(name), 'sh', '-ec', line]);

/** The namespace of somebody: `host`, `outside`, or a container. */
const place = (who: string) => {
  if (who === 'outside') return outside;
  if (who === 'host') return world.netns;
  const of = who === 'alien' ? second : world;
  return namespaceName(of.scope, of.identity(who === 'alien' ? 'alien' : 'demo', `container.${who}`));
};

/** Some kernels cannot. */
const filterBridges = (on: 0 | 1) =>
  `f=/proc/sys/net/bridge/bridge-nf-call-iptables; if [ -e $f ]; then echo ${on} > $f; fi`;

const reaches = async (who: string, where: string) =>
  (await run([...enter(place(who)), 'curl', '-s', '--max-time', '1', `http://${where}/`])).code === 0;

beforeAll(async () => {
  world = await createWorld();
  for (const name of [world.netns, outside]) await must(['ip', 'netns', 'add', name]);
  await within(world.netns, `ip link set lo up; ip link add wan0 type veth peer name eth0 netns ${outside}`);
  await within(world.netns, 'ip addr add 10.9.9.1/24 dev wan0; ip link set wan0 up');
  await within(outside, 'ip link set lo up; ip addr add 10.9.9.9/24 dev eth0; ip link set eth0 up');
  await within(outside, 'ip route add 192.168.0.0/16 via 10.9.9.1');
  servers.push(
    spawn(
      'nsenter',
      [...enter(outside).slice(1), 'busybox', 'httpd', '-f', '-p', '80', '-h', `${world.folder}/root`],
      {
        stdio: 'ignore',
      },
    ),
  );
  await world.writeAt(`${world.folder}/root/index.html`, 'page');
  await within(world.netns, filterBridges(0));
  await world.write(novaFile);
  await world.novaMust(['apply', '--yes']);
  second = await createWorld({ netns: world.netns });
  await second.write(alien);
  await second.novaMust(['apply', '--yes']);
});

afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL');
  await second[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  for (const name of [outside, world.netns]) await run(['ip', 'netns', 'delete', name]);
});

describe('a closed network', () => {
  it.each([
    { reason: 'is allowed to', who: 'api', where: '192.168.77.9' },
    { reason: 'is on another network and allowed to', who: 'far', where: '192.168.77.9' },
    { reason: 'is elsewhere and allowed to', who: 'outside', where: '192.168.77.9:81' },
    { reason: 'asks a published port', who: 'outside', where: '10.9.9.1:8080' },
    { reason: 'asks a published port of its own network', who: 'other', where: '192.168.77.1:8080' },
    { reason: 'is the host, and checks', who: 'host', where: '192.168.77.9' },
    { reason: 'is the host, and is allowed to', who: 'host', where: '192.168.77.10:81' },
    { reason: 'asks the world', who: 'other', where: '10.9.9.9' },
  ])('lets in who $reason', async ({ who, where }) => {
    await expect.poll(() => reaches(who, where), { timeout: 20_000 }).toBe(true);
  });

  it.each([
    { reason: 'is a member like others', who: 'other', where: '192.168.77.9:81' },
    { reason: 'asks another port', who: 'api', where: '192.168.77.9:81' },
    { reason: 'asks another member', who: 'api', where: '192.168.77.10' },
    { reason: 'is on another network and asks another member', who: 'far', where: '192.168.77.10' },
    { reason: 'is elsewhere and asks another port', who: 'outside', where: '192.168.77.9' },
    { reason: 'is the host, and asks another port', who: 'host', where: '192.168.77.9:81' },
    { reason: 'is of another project', who: 'alien', where: '192.168.77.9' },
  ])('keeps out who $reason', async ({ who, where }) => {
    expect(await reaches(who, where)).toBe(false);
  });

  it('keeps out a member that takes the way by the host', async () => {
    const [link] = JSON.parse(await within(world.netns, 'ip -j link show lan')) as { address: string }[];
    await within(
      place('other'),
      `ip neigh replace 192.168.77.9 lladdr ${link?.address} dev eth0 nud permanent`,
    );
    expect(await reaches('other', '192.168.77.9:81')).toBe(false);
    await within(place('other'), 'ip neigh del 192.168.77.9 dev eth0');
  });

  it('is just as closed where bridged packets pass the packet filter', async () => {
    await within(world.netns, filterBridges(1));
    expect(await reaches('other', '192.168.77.9:81')).toBe(false);
    for (const [who, where] of [
      ['other', '192.168.77.1:8080'],
      ['api', '192.168.77.9'],
    ] as const)
      await expect.poll(() => reaches(who, where), { timeout: 20_000 }).toBe(true);
    await within(world.netns, filterBridges(0));
  });

  it('lets datagrams and their answers through as it says, and no others', async () => {
    servers.push(
      spawn('nsenter', [...enter(place('web')).slice(1), process.execPath, '-e', echoes], {
        stdio: 'ignore',
      }),
    );
    const ask = async (who: string) =>
      (await run([...enter(place(who)), process.execPath, '-e', asks, '192.168.77.10'])).stdout;
    await expect.poll(() => ask('api'), { timeout: 20_000 }).toBe('answer');
    expect(await ask('other')).toBe('');
  });
});

describe('networks', () => {
  it.each([
    { who: 'other', where: '192.168.78.9', reason: 'a network of the same project' },
    { who: 'alien', where: '192.168.78.9', reason: 'a network of another project' },
    { who: 'far', where: '192.168.80.9', reason: 'a network of another project, the other way round' },
    { who: 'outside', where: '192.168.78.9', reason: 'the world' },
    { who: 'lone', where: '10.9.9.9', reason: 'within an internal one, the world' },
    { who: 'shut', where: '192.168.78.9', reason: 'within an internal one, what is not allowed' },
  ])('are closed to each other: from $reason', async ({ who, where }) => {
    expect(await reaches(who, where)).toBe(false);
  });

  it('that are internal let out who is allowed to', async () => {
    await expect.poll(() => reaches('shut', '10.9.9.9'), { timeout: 20_000 }).toBe(true);
  });
});

describe('rules that are broken by hand', () => {
  it.each([
    {
      hand: 'the table of bridges is deleted',
      line: 'nft delete table bridge TABLE',
      who: 'other',
      where: '192.168.77.9:81',
    },
    {
      hand: 'the chain of what enters is flushed',
      line: 'nft flush chain inet TABLE into-OWN',
      who: 'alien',
      where: '192.168.77.9',
    },
    {
      hand: 'the chain of what this host sends is deleted',
      line: 'nft flush chain inet TABLE own; nft delete chain inet TABLE own',
      who: 'host',
      where: '192.168.77.9:81',
    },
  ])('let in who should not be, until they are repaired: $hand', async ({ line, who, where }) => {
    const table =
      /table inet (nova-\S*demo\S*)/.exec(await within(world.netns, 'nft list tables'))?.[1] ?? '';
    const own = ownChains({ scope: world.scope, project: 'demo', address: 'network.lan' });
    await within(world.netns, line.replaceAll('TABLE', table).replaceAll('OWN', own));
    // By what the test itself can do.
    await expect.poll(() => reaches(who, where), { timeout: 20_000 }).toBe(true);
    expect(await world.drift()).toMatchObject([
      { address: 'network.lan', class: 'changed', fields: [{ path: 'rules' }] },
    ]);
    await world.novaMust(['apply', '--yes']);
    expect(await reaches(who, where)).toBe(false);
    expect(await world.drift()).toEqual([]);
  });
});

const echoes = `const s = require('dgram').createSocket('udp4');
s.on('message', (_, from) => s.send('answer', from.port, from.address)).bind(53);`;
const asks = `const s = require('dgram').createSocket('udp4');
s.on('message', (text) => { process.stdout.write(text.toString()); s.close(); process.exit(); });
s.send('?', 53, process.argv[1]); setTimeout(() => process.exit(1), 1000);`;
