import { rm } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { linkName, macOf, namespaceName } from '../../../reconcilers/identity.ts';
import { containerPaths, nicFile } from '../../../reconcilers/container/paths.ts';
import { attachmentIdentity } from '../../../reconcilers/network/attachments.ts';
import { networkPaths } from '../../../reconcilers/network/paths.ts';
import { type AtWork, openAtWork } from '../support/atWork.ts';
import { sh } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

/** A capsule that keeps one connection on its first network, and servers on two others. */
function novaFile(nics: string): string {
  const server = (name: string) => `capsule = "./root"
command = ["sh", "-c", "echo ${name} > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
stop_timeout = 1`;
  return `
project = "demo"
[network.lan]
profile = "nat"
subnet = "10.81.0.1/24"
[network.dmz]
profile = "internal"
subnet = "10.82.0.1/24"
subnet6 = "fd00:82::1/64"
policy = "closed"
allow = ["container.web -> container.db:80", "container.db -> container.web:7"]
[network.back]
profile = "internal"
subnet = "10.83.0.1/24"
[container.echo]
capsule = "./root"
command = ["nc", "-ll", "-p", "7", "-e", "cat"]
network = { name = "lan", ip = "10.81.0.8" }
stop_timeout = 1
[container.web]
capsule = "./root"
command = ["sh", "-c", "n=0; while sleep 0.5; do n=$((n + 1)); echo $n; done | nc 10.81.0.8 7"]
network = { name = "lan", ip = "10.81.0.9" }
depends_on = ["container.echo"]
restart = "never"
stop_timeout = 1
${nics}
[container.db]
${server('db')}
network = { name = "dmz", ip = "10.82.0.8", ip6 = "fd00:82::8" }
[container.files]
${server('files')}
network = { name = "back", ip = "10.83.0.8" }
`;
}

const dmz = '{ network = "dmz", ip = "10.82.0.9", ip6 = "fd00:82::9" }';
const back = '{ network = "back" }';

let world: World;
let nova: AtWork;
/** Its first link, before it has others. */
let first: string;

/** Makes it so with the program at work in this process. */
async function change(nics: string): Promise<void> {
  await world.write(novaFile(nics));
  await nova?.[Symbol.asyncDispose]();
  nova = await openAtWork(world);
  await nova.apply();
}

beforeAll(async () => {
  world = await createWorld();
  sh(`ip netns add ${world.netns}; ip -n ${world.netns} link set lo up`);
  await change('');
});

afterAll(async () => {
  await nova[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const identity = () => world.identity('demo', 'container.web');
const inside = () => namespaceName(world.scope, identity());
const web = (line: string) => sh(line, inside());
const host = (line: string) => sh(line, world.netns);
const further = (network: string) =>
  attachmentIdentity(
    { scope: world.scope, project: 'demo' },
    { address: 'container.web', spec: { nics: [{ network }] } },
    network,
  );
const end = (network: string) => linkName(further(network));

/** The connection is the first one, and carries something new: the capsule ends with it. */
async function echoes(): Promise<void> {
  const count = async () => {
    const { log } = containerPaths(world.scope, identity());
    return Number(/(\d+)\s*$/.exec(await world.read(log))?.[1] ?? 0);
  };
  const now = await count();
  await expect.poll(count, { timeout: 30_000 }).toBeGreaterThan(now);
}

/** Which link its first is, and how often that was lost, from both ends. */
function firstLink(): string {
  const read = (name: string) =>
    `mount -t sysfs none /sys; cat /sys/class/net/${name}/ifindex /sys/class/net/${name}/carrier_changes`;
  return `${web(`unshare -m sh -ec '${read('eth0')}'`)}${host(`unshare -m sh -ec '${read(linkName(identity()))}'`)}`;
}

/** Its links with addresses and ways, and their ends on the host. */
function state(): readonly string[] {
  const looks = 'ip -d -o addr show; ip -o link show; ip route show; ip -6 route show';
  // The kernel chooses the addresses of ends on the host.
  const ends = host('ip -d -o link show').replaceAll(/link\/ether \S+/g, '');
  return `${web(looks)}${ends}${host(`grep -r . ${networksFolder()} | sort; nft list ruleset`)}`
    .split('\n')
    .filter((line) => !/inet6 fe80|fe80::\/64|^$/.test(line))
    .map((line) =>
      line
        .replace(/^\d+: /, '')
        .replaceAll(
          /valid_lft .*|@\S+|state \S+|linkdown|metric \S+ pref .*|link-netns \S+|promiscuity.*/g,
          '',
        )
        .trim(),
    );
}

const folderOf = (network: string) => networkPaths(world.scope, world.identity('demo', `network.${network}`));
const networksFolder = () => `${folderOf('dmz').hosts} ${folderOf('back').hosts}`;

const fetched = (url: string) => web(`timeout 3 busybox wget -q -O - http://${url}/ 2>/dev/null || true`);
const reached = (url: string, answer: string) =>
  expect.poll(() => fetched(url), { timeout: 30_000 }).toBe(`${answer}\n`);
const answered = (name: string, server: string) => host(`busybox nslookup ${name} ${server} 2>&1 || true`);

describe('a capsule that runs', () => {
  it('gets on further networks, by links of their own, and keeps its first and the connection there', async () => {
    await echoes();
    first = firstLink();
    await change(`nics = [${dmz}, ${back}]`);
    await reached('10.82.0.8', 'db');
    await reached('[fd00:82::8]', 'db');
    await reached('10.83.0.8', 'files');
    expect(web('ip -o link show dmz')).toContain(macOf(further('dmz')));
    expect(web('ip -o -4 addr show dmz')).toContain('10.82.0.9/24');
    expect(web('ip route show default; ip -6 route show default')).toBe('default via 10.81.0.1 dev eth0 \n');
    expect(web('cat /proc/sys/net/ipv6/conf/dmz/accept_ra')).toBe('0\n');
    expect(firstLink()).toBe(first);
    await echoes();
  });

  it('is known by its name on each of them', async () => {
    const own = /inet (10\.83\.0\.\d+)/.exec(web('ip -o -4 addr show back'))?.[1] ?? 'nothing';
    for (const [name, server, ip] of [
      ['web.dmz.internal', '10.82.0.1', '10.82.0.9'],
      ['web.dmz.internal', '10.82.0.1', 'fd00:82::9'],
      ['web.back.internal', '10.83.0.1', own],
      ['web.lan.internal', '10.81.0.1', '10.81.0.9'],
    ] as const)
      await expect.poll(() => answered(name, server), { timeout: 30_000 }).toContain(ip);
    expect(await world.novaMust(['net', 'show', 'dmz'])).toContain('10.82.0.9');
  });

  it('is protected there as the network says', async () => {
    // Port 80 of web is not allowed, and 7 is: nobody listens, and that is answered.
    const db = namespaceName(world.scope, world.identity('demo', 'container.db'));
    const asked = (port: number) => sh(`busybox nc -w 2 10.82.0.9 ${port} </dev/null 2>&1 || true`, db);
    await expect.poll(() => asked(7), { timeout: 30_000 }).toMatch(/refused/);
    expect(asked(80)).not.toMatch(/refused/);
  });
});

const broken: readonly (readonly [what: string, line: string])[] = [
  ['a further link is deleted', 'ip link del $END'],
  ['its other end is deleted', '$WEB ip link del dmz'],
  ['it is down', 'ip link set $END down'],
  ['it is on no bridge', 'ip link set $END nomaster'],
  ['it is on another bridge', 'ip link set $END master lan'],
  ['its MTU is another', 'ip link set $END mtu 1400'],
  ['it has no address', '$WEB ip addr flush dev dmz to 0.0.0.0/0'],
  [
    'it has another address',
    '$WEB ip addr flush dev dmz to 0.0.0.0/0; $WEB ip addr add 10.82.0.99/24 dev dmz',
  ],
  ['it has another address beside', '$WEB ip addr add 10.82.0.99/24 dev dmz'],
  ['it has another prefix', '$WEB ip addr flush dev dmz to 0.0.0.0/0; $WEB ip addr add 10.82.0.9/30 dev dmz'],
  ['it has no IPv6 address', '$WEB ip -6 addr flush dev dmz scope global'],
  ['its name is not known there', 'rm $RECORD'],
  ['its name is known there otherwise', 'echo 10.82.0.99 web >$RECORD'],
  ['it is not noted', 'rm $NOTE'],
  ['it is noted otherwise', 'echo dmz >$NOTE'],
];

describe('a further link that is changed by hand', () => {
  const byHand = (line: string): void => {
    const words = {
      WEB: `nsenter --net=/run/netns/${inside()}`,
      END: end('dmz'),
      NOTE: nicFile(world.scope, identity(), end('dmz')),
      RECORD: `${folderOf('dmz').hosts}/${identity()}`,
    };
    const set = Object.entries(words).map(([name, value]) => `${name}='${value}'`);
    host(`${set.join('; ')}\n${line}`);
  };

  it.each(broken.map(([what, line]) => ({ what, line })))('comes back as it was: $what', async ({ line }) => {
    const whole = state();
    byHand(line);
    const drifted = (await nova.plan()).resources.filter(({ drift }) => drift !== undefined);
    expect(drifted.map(({ address }) => address)).toEqual(['container.web']);
    await nova.apply();
    await expect.poll(() => state().toSorted(), { timeout: 30_000 }).toEqual(whole.toSorted());
    expect((await nova.plan()).resources.every(({ action }) => action === 'no-op')).toBe(true);
  });

  it('differs in none of 20 looks while nothing happens, and the connection has been open all the time', async () => {
    expect(firstLink()).toBe(first);
    await reached('10.82.0.8', 'db');
    for (let look = 0; look < 20; look += 1) {
      const { resources, intruders } = await nova.plan();
      expect(resources.filter(({ action, drift }) => action !== 'no-op' || drift !== undefined)).toEqual([]);
      expect(intruders).toEqual([]);
    }
    await echoes();
  });
});

describe('a capsule on further networks', () => {
  it('keeps what stays when one of them goes', async () => {
    const index = () => web('ip -o link show back').split(':')[0];
    const before = [firstLink(), index()];
    await change(`nics = [${back}]`);
    expect([firstLink(), index()]).toEqual(before);
    expect(web('ip -o link')).not.toContain(' dmz');
    expect(host('ip -o link')).not.toContain(end('dmz'));
    await expect
      .poll(() => answered('web.dmz.internal', '10.82.0.1'), { timeout: 30_000 })
      .not.toContain('10.82.0.9');
    await reached('10.83.0.8', 'files');
    await echoes();
  });

  it('is known again without the state', async () => {
    await nova[Symbol.asyncDispose]();
    await rm(world.stateDirectory, { recursive: true });
    nova = await openAtWork(world);
    expect((await nova.plan()).resources.every(({ action }) => action === 'no-op')).toBe(true);
  });

  it('has them when it is started anew, and none any more when they go', async () => {
    await change(`nics = [${dmz}, ${back}]\nhostname = "other"`);
    await reached('10.82.0.8', 'db');
    await reached('10.83.0.8', 'files');
    await change('hostname = "other"');
    expect(host('ip -o link')).not.toMatch(new RegExp(`${end('dmz')}|${end('back')}`));
    expect((await nova.plan()).resources.every(({ action }) => action === 'no-op')).toBe(true);
  });
});
