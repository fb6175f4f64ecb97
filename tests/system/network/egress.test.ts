import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { egressTable } from '../../../reconcilers/network/uplinks/egress.ts';
import { placeOf } from '../../../reconcilers/network/place.ts';
import { type AtWork, openAtWork } from '../support/atWork.ts';
import { startController } from '../support/controller.ts';
import { sh } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';
import {
  createMember,
  createRouter,
  type Member,
  type Router,
  world as out,
  world6 as out6,
} from './egressLan.ts';

/** The host's own way is wan0, which only `plain` may use. */
const novaFile = `
project = "demo"
[network.one]
uplink = "wan1"
subnet = "192.168.91.1/24"
subnet6 = "fd00:91::1/64"
dns = false
ra = false
forwards = ["8081 -> 192.168.91.9:80"]
[network.two]
uplink = "wan2"
subnet = "192.168.92.1/24"
dns = false
[network.plain]
subnet = "192.168.94.1/24"
dns = false
`;

let world: World;
let nova: AtWork;
const routers: Router[] = [];
const members = new Map<string, Member>();
let whole: readonly string[];

const host = (line: string): string => sh(line, world.netns);
const router = (number: number): Router => routers[number] as Router;
const member = (name: string): Member => members.get(name) as Member;
/** What the world says to a member, sooner or later: neighbours have to be found first. */
const hears = (name: string, to: string, said: string) =>
  expect.poll(() => member(name).asks(to), { timeout: 30_000 }).toBe(said);

/** How interfaces of the host come to their addresses is nobody's concern here: as DHCP would, with a metric each. */
const addresses = `
  ip addr replace 10.9.0.2/24 dev wan0; ip route replace default via 10.9.0.1 dev wan0
  ip addr replace 10.9.1.2/24 dev wan1; ip route replace default via 10.9.1.1 dev wan1 metric 500
  ip addr replace fd00:9:1::2/64 dev wan1 nodad; ip -6 route replace default via fe80::1 dev wan1 metric 500
  ip addr replace 10.9.2.2/24 dev wan2; ip route replace default via 10.9.2.1 dev wan2 metric 600`;

/** Rules and routes of both families. */
function state(): readonly string[] {
  const printed = host(`ip rule; ip -6 rule; ip route show table all; ip -6 route show table all
`);
  return printed
    .split('\n')
    .filter((line) => !/fe80|ff00|anycast|^local|^broadcast/.test(line))
    .map((line) =>
      line
        .replaceAll(/^\d+: |linkdown|qlen \d+|state \S+/g, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .toSorted();
}

beforeAll(async () => {
  world = await createWorld();
  sh(`ip netns add ${world.netns}; nsenter --net=/run/netns/${world.netns} ip link set lo up`);
  for (const number of [0, 1, 2]) routers.push(createRouter(world.netns, `wan${number}`, number));
  router(1).inside('ip addr add fd00:9:1::1/64 dev eth0 nodad; ip addr add 10.9.1.77/24 dev eth0');
  // Strict: what comes by an interface has to be answered by it (Linux, ip-sysctl: rp_filter).
  host(`echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter; ${addresses}
    ip rule add from 10.99.0.0/24 priority 2077 table 99; ip route add 10.98.0.0/24 dev wan0 table 99`);
  await world.write(novaFile);
  nova = await openAtWork(world);
  await nova.apply();
  members.set('one', createMember(world.netns, 'one', '192.168.91.9', 'fd00:91::9'));
  for (const [name, ip] of [
    ['two', '192.168.92.9'],
    ['plain', '192.168.94.9'],
  ] as const)
    members.set(name, createMember(world.netns, name, ip));
  whole = state();
});

afterAll(async () => {
  for (const each of members.values()) each[Symbol.dispose]();
  for (const each of routers) each[Symbol.dispose]();
  try {
    await nova[Symbol.asyncDispose]();
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

describe('members of networks with uplinks', () => {
  it('leave by their own, whatever the host itself does, behind its address there', async () => {
    await hears('one', out, '10.9.1.2 by wan1');
    await hears('one', `${out6}:81`, '[fd00:9:1::2] by wan1');
    await hears('two', out, '10.9.2.2 by wan2');
    await hears('plain', out, '10.9.0.2 by wan0');
  });

  it('are not led elsewhere by a route of the host, be it a VPN over all, and reach what is near their uplink', async () => {
    host('for half in 0 128; do ip route add $half.0.0.0/1 via 10.9.0.1 dev wan0; done');
    await hears('plain', out, '10.9.0.2 by wan0');
    await hears('one', out, '10.9.1.2 by wan1');
    host(`for half in 0 128; do ip route del $half.0.0.0/1; done; ip route add ${out}/32 via 10.9.0.1`);
    expect(member('two').asks(out)).toBe('');
    expect(member('two').asks('10.9.0.1')).toBe('');
    host(`ip route del ${out}/32`);
    await hears('two', '10.9.2.1', '10.9.2.2 by wan2');
  });

  it('are reached by a port of the host from beyond the router of the uplink', async () => {
    member('one').inside('mkdir -p /tmp; busybox httpd -p 80 -h /bin');
    const ask = `curl -s -o /dev/null -w '%{http_code}' --max-time 2 --interface ${out} http://10.9.1.2:8081/true || true`;
    await expect.poll(() => router(1).inside(ask), { timeout: 30_000 }).toBe('200');
  });

  it('get nowhere when the uplink is down, or gone, and leave again by it once the host has it back', async () => {
    host('ip link set wan1 down; ip link set wan1 name gone');
    const one = (await nova.plan()).resources.find(({ address }) => address === 'network.one');
    expect(one?.problems).toMatchObject([{ code: 'network.interface' }]);
    for (const to of [out, `${out6}:81`]) expect(member('one').asks(to)).toBe('');
    await hears('two', out, '10.9.2.2 by wan2');
    host(`ip link set gone name wan1; ip link set wan1 up; ${addresses}`);
    await nova.apply();
    await hears('one', out, '10.9.1.2 by wan1');
    await hears('one', `${out6}:81`, '[fd00:9:1::2] by wan1');
    expect(state()).toEqual(whole);
  });
});

const table = (name: string): string => egressTable(placeOf(world.scope, 'demo', `network.${name}`));

describe('what leads members out', () => {
  it.each([
    ['one', 'the first rule is gone', 'ip rule del priority 2078 from 192.168.91.0/24'],
    ['one', 'the second rule is gone', 'ip rule del priority 2079 from 192.168.91.0/24'],
    ['one', 'the last rule is gone', 'ip rule del priority 2080 from 192.168.91.0/24'],
    ['one', 'a rule of IPv6 is gone', 'ip -6 rule del priority 2080'],
    [
      'two',
      'all rules are gone',
      'for p in 2078 2079 2080; do while ip rule del priority $p; do :; done; done',
    ],
    ['one', 'one rule more leads to its table', 'ip rule add from 10.1.0.0/16 priority 3000 table $ONE'],
    ['one', 'its table is flushed', 'ip route flush table $ONE'],
    ['one', 'its table of IPv6 is flushed', 'ip -6 route flush table $ONE'],
    ['two', 'there is a way where there should be none', 'ip route del unreachable default table $TWO'],
    ['two', 'the way out is another', 'ip route replace default via 10.9.0.1 dev wan0 table $TWO metric 600'],
    ['two', 'one route more leads out', 'ip route add 10.7.0.0/16 via 10.9.0.1 dev wan0 table $TWO'],
  ])('is repaired in network %s when %s', async (name, _what, line) => {
    host(`ONE=${table('one')}; TWO=${table('two')}; ${line}`);
    const { resources } = await nova.plan();
    const drifted = resources.filter(({ drift }) => drift !== undefined).map(({ address }) => address);
    expect(drifted).toContain(`network.${name}`);
    await nova.apply();
    expect(state()).toEqual(whole);
    expect((await nova.plan()).resources.every(({ action }) => action === 'no-op')).toBe(true);
  });

  it('differs in none of 20 looks while nothing happens', async () => {
    for (let look = 0; look < 20; look += 1) {
      const { resources } = await nova.plan();
      expect(resources.filter(({ action, drift }) => action !== 'no-op' || drift !== undefined)).toEqual([]);
    }
  });

  it('follows the router of the uplink when that is another, of both families', async () => {
    await nova[Symbol.asyncDispose]();
    {
      await using _running = startController(world, ['watch', '--json', '--name', 'lab']);
      host('ip route replace default via 10.9.1.77 dev wan1 metric 500');
      const ways = () => host(`ip route show table ${table('one')} default`);
      await expect.poll(ways, { timeout: 60_000 }).toMatch(/^default via 10\.9\.1\.77 dev wan1/);
      // By a router of its own that it hears, and nothing of IPv4: as where there is only IPv6.
      router(1).inside('ip addr add fe80::7/64 dev eth0 nodad');
      host(`ip -4 addr flush dev wan1; ip -6 route flush default; ip -6 addr flush dev wan1 scope global
        ip addr add fd00:9:1::3/64 dev wan1 nodad; ip -6 route add default via fe80::7 dev wan1 proto ra expires 1000`);
      const ways6 = () =>
        host(`ip -6 route show table ${table('one')} default; ip route show table ${table('one')}`);
      await expect
        .poll(ways6, { timeout: 60_000 })
        .toMatch(/^default via fe80::7 dev wan1 [^\n]*\nunreachable [^\n]*\nunreachable default [^\n]*\n$/);
      await hears('one', `${out6}:81`, '[fd00:9:1::3] by wan1');
      expect(member('one').asks(out)).toBe('');
    }
    host(`ip -6 route flush default; ip -6 addr flush dev wan1 scope global; ${addresses}`);
    nova = await openAtWork(world);
    await nova.apply();
    expect(state()).toEqual(whole);
  });

  it('goes with its networks, and what is not theirs stays', async () => {
    await nova[Symbol.asyncDispose]();
    await world.write('project = "demo"\n[network.plain]\nsubnet = "192.168.94.1/24"\ndns = false\n');
    await world.novaMust(['apply', '--yes']);
    nova = await openAtWork(world);
    const left = host('ip rule; ip -6 rule; ip route show table 99');
    expect(left.match(/^\d+:.*lookup \S+|^10\.98.* dev wan0/gm)).toEqual([
      '0:\tfrom all lookup local',
      '2077:\tfrom 10.99.0.0/24 lookup 99',
      ...['32766:\tfrom all lookup main', '32767:\tfrom all lookup default'],
      ...['0:\tfrom all lookup local', '32766:\tfrom all lookup main'],
      '10.98.0.0/24 dev wan0',
    ]);
    expect(host('ip route show table all; ip -6 route show table all')).not.toMatch(/proto 78/);
  });
});
