import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { namespaceName } from '../../../reconcilers/identity.ts';
import { ownChains } from '../../../reconcilers/network/rules/parties.ts';
import { type AtWork, openAtWork } from '../support/atWork.ts';
import { must, run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

const container = (name: string, number: number, network = 'lan') => `
[container.${name}]
capsule = "./root"
network = { name = "${network}", ip = "${network === 'lan' ? '10.9.9' : '192.168.78'}.${number}"${network === 'lan' ? `, ip6 = "fd00:9::${number}"` : ''} }
command = ["sh", "-c", "echo page > /srv/index.html; httpd -p 81 -h /srv; exec httpd -f -p 80 -h /srv"]
stop_timeout = 1
`;

const novaFile = `
project = "demo"

[network.lan]
interfaces = ["wan0"]
subnet = "10.9.9.3/24"
subnet6 = "fd00:9::3/64"
ra = false
forwards = ["8080 -> container.db:81"]
policy = "closed"
allow = [
  "10.9.9.0/24 -> container.db:80",
  "any -> container.web:81",
  "container.api -> container.db:80",
  "container.api -> container.web:53/udp",
]

[network.behind]
subnet = "192.168.78.1/24"
${container('db', 9)}
${container('web', 10)}
${container('api', 11)}
${container('far', 9, 'behind')}
`;

let world: World;
const servers: ChildProcess[] = [];
/** Somebody in the LAN: 10.9.9.1 and fd00:9::1. */
const outside = `nvt-${randomBytes(4).toString('hex')}`;

const enter = (name: string) => ['nsenter', `--net=/run/netns/${name}`];
const within = (name: string, line: string) => must([...enter(name), 'sh', '-ec', line]);

/** The namespace of somebody: `host`, `outside`, or a container. */
const place = (who: string) => {
  if (who === 'outside') return outside;
  if (who === 'host') return world.netns;
  return namespaceName(world.scope, world.identity('demo', `container.${who}`));
};

/** Whether somebody gets a page. */
const reaches = async (who: string, where: string) =>
  (await run([...enter(place(who)), 'curl', '-g', '-s', '--max-time', '1', `http://${where}/`])).code === 0;

/** What comes back for a datagram. @param from port of the one who asks */
const asked = async (who: string, where: string, port: number, from = 0) =>
  (await run([...enter(place(who)), process.execPath, '-e', asks, where, String(port), String(from)])).stdout;

const polled = { timeout: 60_000 };

function serve(who: string, ...argv: readonly string[]): void {
  servers.push(spawn('nsenter', [...enter(place(who)).slice(1), ...argv], { stdio: 'ignore' }));
}

/** The kernel has this switch where it can; what a bridge passes then goes by the rules for what is routed as well. */
const filterBridges = (on: 0 | 1) =>
  within(
    world.netns,
    `for v in ip ip6; do f=/proc/sys/net/bridge/bridge-nf-call-$\{v}tables; if [ -e $f ]; then echo ${on} > $f; fi; done`,
  );

beforeAll(async () => {
  world = await createWorld();
  for (const name of [world.netns, outside]) await must(['ip', 'netns', 'add', name]);
  await within(world.netns, `ip link set lo up; ip link add wan0 type veth peer name eth0 netns ${outside}`);
  await within(
    outside,
    'ip link set lo up; ip addr add 10.9.9.1/24 dev eth0; ip addr add fd00:9::1/64 dev eth0 nodad; ip link set eth0 up',
  );
  await world.writeAt(`${world.folder}/root/index.html`, 'page');
  serve('outside', 'busybox', 'httpd', '-f', '-p', '80', '-h', `${world.folder}/root`);
  serve('outside', process.execPath, '-e', echoes, '53');
  await filterBridges(0);
  await world.write(novaFile);
  await world.novaMust(['apply', '--yes']);
  for (const port of ['53', '68', '1000']) serve('web', process.execPath, '-e', echoes, port);
});

afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL');
  await world[Symbol.asyncDispose]();
  for (const name of [outside, world.netns]) await run(['ip', 'netns', 'delete', name]);
});

describe.each([
  { how: 'by themselves', on: 0 as const },
  { how: 'by the rules for what is routed as well', on: 1 as const },
])('members of a closed network in the LAN, where bridged packets go $how', ({ on }) => {
  beforeAll(() => filterBridges(on));

  it.each([
    { reason: 'who is allowed to', who: 'outside', where: '10.9.9.9' },
    { reason: 'everybody, by IPv6', who: 'outside', where: '[fd00:9::10]:81' },
    { reason: 'who asks a port of the host', who: 'outside', where: '10.9.9.3:8080' },
    { reason: 'another member that is allowed to', who: 'api', where: '10.9.9.9' },
    { reason: 'the answers of the LAN', who: 'db', where: '10.9.9.1' },
    { reason: 'the answers of the LAN by IPv6', who: 'db', where: '[fd00:9::1]' },
  ])('are reached by $reason', async ({ who, where }) => {
    await expect.poll(() => reaches(who, where), polled).toBe(true);
  });

  it.each([
    { reason: 'the LAN', who: 'outside', where: '10.9.9.10' },
    { reason: 'the LAN by IPv6', who: 'outside', where: '[fd00:9::9]' },
    { reason: 'another port', who: 'outside', where: '10.9.9.11:81' },
    { reason: 'each other', who: 'db', where: '10.9.9.10' },
    { reason: 'the host', who: 'host', where: '10.9.9.10' },
    { reason: 'who is behind the host', who: 'far', where: '10.9.9.10' },
  ])('are kept from $reason', async ({ who, where }) => {
    expect(await reaches(who, where)).toBe(false);
  });

  it.each(['host', 'far'])('keep nobody else from the LAN: %s', async (who) => {
    await expect.poll(() => reaches(who, '10.9.9.1'), polled).toBe(true);
  });

  it('get answers to their datagrams, and no others', async () => {
    for (const where of ['10.9.9.1', 'fd00:9::1'])
      await expect.poll(() => asked('db', where, 53), polled).toBe('answer');
    await expect.poll(() => asked('api', '10.9.9.10', 53), polled).toBe('answer');
    expect(await asked('outside', '10.9.9.10', 53)).toBe('');
    expect(await asked('outside', 'fd00:9::10', 1000)).toBe('');
    expect(await asked('db', '10.9.9.10', 53)).toBe('');
  });

  it('are told by DHCP of the LAN, and of no other member', async () => {
    await expect.poll(() => asked('outside', '10.9.9.10', 68, 67), polled).toBe('answer');
    expect(await asked('db', '10.9.9.10', 68, 67)).toBe('');
  });
});

describe('rules of a closed network in the LAN', () => {
  let nova: AtWork;
  beforeAll(async () => {
    await filterBridges(0);
    nova = await openAtWork(world);
  });
  afterAll(() => nova[Symbol.asyncDispose]());

  const drifted = async () =>
    (await nova.plan()).resources.filter(({ drift }) => drift !== undefined).map(({ address }) => address);

  it.each([
    { hand: 'the table of bridges is deleted', line: 'nft delete table bridge TABLE' },
    { hand: 'nobody asks them', line: 'nft flush chain bridge TABLE bridged' },
    {
      hand: 'all is let through',
      line: 'nft insert rule bridge TABLE port-OWN accept comment network.lan',
    },
    { hand: 'what is sent is not noted', line: 'nft flush chain bridge TABLE away-OWN' },
    {
      hand: 'what was sent is soon forgotten',
      line: `nft 'flush table bridge TABLE; delete set bridge TABLE sent4-OWN; add set bridge TABLE sent4-OWN { type ipv4_addr . inet_service . ipv4_addr . inet_service; flags dynamic,timeout; size 10; timeout 1s; }'`,
    },
    {
      hand: 'and the rules are as they were',
      line: `nft -t list table bridge TABLE > SAVED; nft 'delete table bridge TABLE'; sed 's/timeout 2m/timeout 1s/' SAVED | nft -f -`,
    },
  ])('come back: $hand', async ({ line }) => {
    const table =
      /table inet (nova-\S*demo\S*)/.exec(await within(world.netns, 'nft list tables'))?.[1] ?? '';
    const own = ownChains({ scope: world.scope, project: 'demo', address: 'network.lan' });
    const words = { TABLE: table, OWN: own, SAVED: `${world.folder}/saved` };
    const state = () => within(world.netns, 'nft -t list ruleset');
    const whole = await state();
    await within(
      world.netns,
      Object.entries(words).reduce((text, [word, as]) => text.replaceAll(word, as), line),
    );
    expect(await drifted()).toEqual(['network.lan']);
    await nova.apply();
    expect((await state()).split('\n').toSorted()).toEqual(whole.split('\n').toSorted());
    expect(await drifted()).toEqual([]);
    await expect.poll(() => asked('db', '10.9.9.1', 53), polled).toBe('answer');
  });
});

describe('Docker, which drops what is forwarded', () => {
  it('lets through what the bridge passes, also where it comes by the rules for what is routed', async () => {
    await filterBridges(1);
    await within(
      world.netns,
      'iptables-nft -N DOCKER-USER; iptables-nft -A FORWARD -j DOCKER-USER; iptables-nft -P FORWARD DROP',
    );
    expect(await reaches('api', '10.9.9.9')).toBe(false);
    expect((await world.drift()).map(({ address }) => address).toSorted()).toEqual([
      'network.behind',
      'network.lan',
    ]);
    await world.novaMust(['apply', '--yes']);
    for (const who of ['api', 'outside', 'far'])
      await expect.poll(() => reaches(who, who === 'far' ? '10.9.9.1' : '10.9.9.9'), polled).toBe(true);
    expect(await reaches('outside', '10.9.9.10')).toBe(false);
    expect(await world.drift()).toEqual([]);
    await within(world.netns, 'nft delete table ip filter');
    await filterBridges(0);
  });
});

describe('a network that is not closed any more', () => {
  it('is open to the LAN, and what was noted is gone with the rules', async () => {
    await world.write(novaFile.replace('policy = "closed"', ''));
    await world.novaMust(['apply', '--yes']);
    expect(await within(world.netns, 'nft list tables')).not.toContain('bridge');
    await expect.poll(() => reaches('outside', '10.9.9.10'), polled).toBe(true);
  });
});

const echoes = `const s = require('dgram').createSocket('udp6');
s.on('message', (_, from) => s.send('answer', from.port, from.address)).bind(Number(process.argv[1]));`;
const asks = `const [, where, port, from] = process.argv;
const s = require('dgram').createSocket(where.includes(':') ? 'udp6' : 'udp4');
s.on('message', (text) => { process.stdout.write(text.toString()); s.close(); process.exit(); });
s.bind(Number(from), () => s.send('?', Number(port), where)); setTimeout(() => process.exit(1), 1000);`;
