import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { linkName, macOf, namespaceName } from '../../../reconcilers/identity.ts';
import { placeOf } from '../../../reconcilers/network/place.ts';
import { containerPaths } from '../../../reconcilers/container/paths.ts';
import { type AtWork, openAtWork } from '../support/atWork.ts';
import { sh } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';
import { createLan, type Lan } from './uplinkLan.ts';

const killingMain = resolve(import.meta.dirname, '../support/killingMain.ts');

const shared = `
project = "demo"
[network.shared]
type = "macvlan"
uplink = "wan0"
subnet = "10.9.9.1/24"
subnet6 = "fd00:9::1/64"
[container.web]
capsule = "./root"
command = ["sh", "-c", "echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
network = { name = "shared", ip = "10.9.9.20", ip6 = "fd00:9::20" }
health = { exec = ["wget", "-q", "-O", "-", "http://127.0.0.1/"] }
stop_timeout = 1
[container.peer]
capsule = "./root"
command = ["sleep", "100000"]
network = { name = "shared", ip = "10.9.9.21" }
stop_timeout = 1
`;

/** It has no address of the NovaFile. */
const guest = `
[container.guest]
capsule = "./root"
command = ["sleep", "100000"]
network = "shared"
stop_timeout = 1
`;

let world: World;
let lan: Lan;
let nova: AtWork;
let whole: readonly string[];

beforeAll(async () => {
  world = await createWorld();
  await world.write(`${shared}${guest}`);
  sh(`ip netns add ${world.netns}; ip -n ${world.netns} link set lo up`);
  lan = createLan(world.netns);
  nova = await openAtWork(world);
  await nova.apply();
  whole = state();
});

afterAll(async () => {
  await nova[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  lan[Symbol.dispose]();
});

const names = ['web', 'peer', 'guest'] as const;
const identity = (name: string) => world.identity('demo', `container.${name}`);
const namespace = (name: string) => namespaceName(world.scope, identity(name));
const host = (line: string) => sh(line, world.netns);

/** Every link with its addresses and ways, of the host and of the capsules, without what the kernel chooses by itself. */
function state(): readonly string[] {
  const looks = 'ip -d -o addr show; ip route show; ip -6 route show';
  const folder = placeOf(world.scope, 'demo', 'network.shared').paths.folder;
  return [world.netns, ...names.map(namespace)].flatMap((where) =>
    `${sh(looks, where)}${sh(`grep -r . ${folder} | sort`)}`
      .split('\n')
      .filter((line) => !/inet6 fe80|fe80::\/64|^$/.test(line))
      .map((line) =>
        line
          .replace(/^\d+: /, '')
          .replaceAll(/valid_lft .*|@\S+|state \S+|expires \S+|linkdown|metric \S+ pref .*/g, '')
          .trim(),
      ),
  );
}

/** Whether somebody gets an answer. */
function reaches(from: string, ip: string): boolean {
  return sh(`busybox ping -c 1 -W 1 ${ip} >/dev/null 2>&1 && echo yes || echo no`, from) === 'yes\n';
}

const reached = (from: string, ip: string) =>
  expect.poll(() => reaches(from, ip), { timeout: 30_000, message: `${ip} from ${from}` }).toBe(true);

describe('capsules on a macvlan', () => {
  it('stand in the LAN, with a link of their own and nothing of the host between', async () => {
    for (const ip of ['10.9.9.1', 'fd00:9::1', '10.9.9.21']) await reached(namespace('web'), ip);
    for (const ip of ['10.9.9.20', 'fd00:9::20', '10.9.9.21']) await reached(lan.name, ip);
    expect(sh('busybox wget -q -O - http://10.9.9.20/', lan.name)).toBe('hello\n');
    const web = host(`ip netns exec ${namespace('web')} ip -d link show eth0`);
    expect(web).toMatch(/macvlan mode bridge/);
    expect(web).toContain(`link/ether ${macOf(identity('web'))}`);
    expect(sh('ip -4 route show default', namespace('peer'))).toBe('default via 10.9.9.1 dev eth0 \n');
    expect(sh('ip -4 -o addr show dev eth0', namespace('guest'))).toBe('');
    for (const name of names) expect(host('ip -o link')).not.toContain(linkName(identity(name)));
    expect(host('nft list tables')).toBe('');
  });

  it('are not reached by the host, nor the host by them', () => {
    expect(reaches(world.netns, '10.9.9.20')).toBe(false);
    expect(reaches(namespace('web'), '10.9.9.2')).toBe(false);
  });

  it('hear the router of the LAN where they were given no address', async () => {
    const inside = namespace('guest');
    expect(sh('cat /proc/sys/net/ipv6/conf/eth0/accept_ra', inside)).toBe('1\n');
    expect(sh('cat /proc/sys/net/ipv6/conf/eth0/accept_ra', namespace('web'))).toBe('0\n');
  });
});

const broken: readonly (readonly [what: string, line: string, address?: string])[] = [
  ['the link of a member is deleted', '$WEB ip link del eth0'],
  ['the link of a member is down', '$WEB ip link set eth0 down'],
  ['its MTU is another', '$WEB ip link set eth0 mtu 1400'],
  ['its MAC address is another', '$WEB ip link set eth0 address 02:00:00:00:00:99'],
  [
    'it lies over another link',
    '$WEB ip link del eth0; ip link set far1 up; ip link add link wan1 name eth0 netns $WEBNS address $MAC type macvlan mode bridge; $WEB ip link set eth0 up',
  ],
  ['it is a link to nowhere', '$WEB ip link del eth0; $WEB ip link add eth0 type bridge'],
  ['a member has no address', '$WEB ip addr flush dev eth0'],
  ['a member has no IPv6 address', '$WEB ip -6 addr flush dev eth0 scope global'],
  ['a member has another address', '$WEB ip addr flush dev eth0; $WEB ip addr add 10.9.9.99/24 dev eth0'],
  ['a member has no way out', '$WEB ip route del default'],
  ['it is not noted what its link lies over', 'rm $NOTE'],
  ['it is noted otherwise', 'echo in 1 over 1 mtu 1 > $NOTE'],
  ['one without an address has no link', '$GUEST ip link del eth0', 'container.guest'],
  ['what they share is down', 'ip link set wan0 down', 'network.shared'],
  ['what they share was smaller for a moment', 'ip link set wan0 mtu 1400; ip link set wan0 mtu 1500'],
  ['it is not noted what they share', 'rm $SHARED/macvlan', 'network.shared'],
  ['nobody knows whose its folder is', 'rm $SHARED/owner', 'network.shared'],
  ['its folder is gone', 'rm -r $SHARED', 'network.shared'],
];

describe('a macvlan that is changed by hand', () => {
  const byHand = (line: string): void => {
    const words = {
      WEB: `nsenter --net=/run/netns/${namespace('web')}`,
      GUEST: `nsenter --net=/run/netns/${namespace('guest')}`,
      ...{ WEBNS: namespace('web'), MAC: macOf(identity('web')) },
      NOTE: containerPaths(world.scope, identity('web')).macvlan,
      SHARED: placeOf(world.scope, 'demo', 'network.shared').paths.folder,
    };
    const set = Object.entries(words).map(([name, value]) => `${name}='${value}'`);
    host(`${set.join('; ')}\n${line}`);
  };

  it.each(broken.map(([what, line, address = 'container.web']) => ({ what, line, address })))(
    'comes back as it was: $what',
    async ({ line, address }) => {
      byHand(line);
      const drifted = (await nova.plan()).resources.filter(({ drift }) => drift !== undefined);
      expect(drifted.map((resource) => resource.address)).toContain(address);
      await nova.apply();
      // What the host itself lost with its link.
      lan.address();
      await expect.poll(state, { timeout: 30_000 }).toEqual(whole);
      expect((await nova.plan()).resources.every(({ action }) => action === 'no-op')).toBe(true);
      await reached(namespace('web'), '10.9.9.1');
    },
  );

  it('differs in none of 20 looks while nothing happens', async () => {
    for (let look = 0; look < 20; look += 1) {
      const { resources, intruders } = await nova.plan();
      expect(resources.filter(({ action, drift }) => action !== 'no-op' || drift !== undefined)).toEqual([]);
      expect(intruders).toEqual([]);
    }
  });

  it('waits for what they share when that is taken away, and goes on with it', async () => {
    host('ip link del wan0');
    const { resources } = await nova.plan();
    const problems = resources.flatMap(({ problems }) => problems.map(({ message }) => message));
    expect(problems).toContain('this host has no interface wan0');
    host(`ip link add name wan0 type veth peer name lan0 netns ${lan.name}`);
    sh(
      'ip link set lan0 up; ip addr add 10.9.9.1/24 dev lan0; ip addr add fd00:9::1/64 dev lan0 nodad',
      lan.name,
    );
    lan.address();
    await nova.apply();
    for (const ip of ['10.9.9.1', 'fd00:9::1', '10.9.9.21']) await reached(namespace('web'), ip);
    expect((await nova.plan()).resources.every(({ action }) => action === 'no-op')).toBe(true);
  });

  it('is refused where what they share is too small', async () => {
    const told = async () =>
      (await nova.plan()).resources.flatMap(({ problems }) => problems.map(({ message }) => message));
    host('ip link set wan0 mtu 1400');
    expect(await told()).toContain(
      'wan0 has an MTU of 1400, and who shares it cannot have the 1500 of the network',
    );
    host('ip link set wan0 mtu 1500');
    await nova.apply();
  });
});

describe('a macvlan from one run to the next', () => {
  beforeAll(() => nova[Symbol.asyncDispose]());
  const pid = async (name: string) =>
    (await world.read(containerPaths(world.scope, identity(name)).pid)).trim();

  it('is known again without the state', async () => {
    await rm(world.stateDirectory, { recursive: true });
    expect(await world.drift()).toEqual([]);
    expect((await world.nova(['plan', '--detailed-exitcode'])).code).toBe(0);
  });

  it('gets and loses a member, killed at every fifth row of the journal', async () => {
    const settled = () => world.state('inside');
    const all = await settled();
    const each = async (text: string, end: readonly string[]): Promise<number> => {
      for (let row = 1; ; row += 5) {
        await world.write(text);
        const env = { NOVA_TEST_KILL_AT: String(row), NOVA_TEST_PROGRAM: killingMain };
        const { code, stderr } = await world.nova(['apply', '--yes'], { env });
        if (code !== 137) {
          expect(code, stderr).toBe(0);
          return row;
        }
        await world.novaMust(['apply', '--yes']);
        expect(await settled(), `after a kill at row ${row}`).toEqual(end);
        await world.write(text === shared ? `${shared}${guest}` : shared);
        await world.novaMust(['apply', '--yes']);
      }
    };
    await world.write(shared);
    await world.novaMust(['apply', '--yes']);
    const without = await settled();
    expect(await each(`${shared}${guest}`, all)).toBeGreaterThan(8);
    expect(await each(shared, without)).toBeGreaterThan(3);
  });

  it('becomes a bridge and a macvlan again, and no capsule is started anew', async () => {
    const before = await pid('web');
    const bridge = shared.replace('type = "macvlan"\nuplink = "wan0"', 'profile = "internal"');
    await world.write(`${bridge}${guest}`);
    const replaced = async (types: string) =>
      expect((await world.novaMust(['plan'])).replaceAll(/ +/g, ' ')).toContain(
        `~ type = ${types} # forces replacement`,
      );
    await replaced('"macvlan" -> "bridge"');
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    expect(host('ip -o link show master shared')).toContain(linkName(identity('web')));
    await world.write(`${shared}${guest}`);
    await replaced('"bridge" -> "macvlan"');
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    await reached(namespace('web'), '10.9.9.1');
    expect(await pid('web')).toBe(before);
  });
});
