import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { linkName, macOf } from '../../../reconcilers/identity.ts';
import { openAtWork } from '../support/atWork.ts';
import { sh } from '../support/shell.ts';
import { makeTinyGuest } from '../support/tinyGuest.ts';
import { createWorld, type World } from '../support/world.ts';
import { qemusOf } from '../vm/lab.ts';
import { createLan, type Lan } from './uplinkLan.ts';

let world: World;
let lan: Lan;
let lends: string;

beforeAll(async () => {
  world = await createWorld();
  const { kernel, initrd } = await makeTinyGuest(world.folder);
  await world.write(`
project = "demo"
[network.shared]
type = "macvlan"
uplink = "wan0"
subnet = "10.9.9.1/24"
[vm.box]
boot = { kernel = "${kernel}", initrd = "${initrd}", cmdline = "console=ttyS0 quiet" }
memory = "128Mi"
network = "shared"
probe = { serial = "address 10.9.9.30" }
stop_timeout = 8
[container.web]
capsule = "./root"
command = ["sleep", "100000"]
network = { name = "shared", ip = "10.9.9.20" }
stop_timeout = 1
`);
  sh(`ip netns add ${world.netns}; ip -n ${world.netns} link set lo up`);
  lan = createLan(world.netns);
  lends = join(world.folder, 'lends');
  sh(
    `dnsmasq --conf-file=/dev/null --port=0 --interface=lan0 --bind-dynamic --leasefile-ro --pid-file=${lends} \
      --dhcp-range=10.9.9.100,10.9.9.110 --dhcp-host=${macOf(identity())},10.9.9.30`,
    lan.name,
  );
  await world.novaMust(['apply', '--yes']);
});

afterAll(async () => {
  sh(`[ ! -e ${lends} ] || kill $(cat ${lends})`);
  await world[Symbol.asyncDispose]();
  lan[Symbol.dispose]();
});

const identity = () => world.identity('demo', 'vm.box');
const tap = () => linkName(identity());
const host = (line: string) => sh(line, world.netns);
const shown = () => host(`ip -d -o link show ${tap()}`).replace(/^\d+: /, '');

/** What somebody gets from the machine; asked until its system is there. */
async function answers(): Promise<void> {
  const asked = () => sh('timeout 5 busybox wget -q -O - http://10.9.9.30/ || true', lan.name);
  await expect.poll(asked, { timeout: 60_000, interval: 500 }).toBe('hello from the machine\n');
}

describe('a machine on a macvlan', { timeout: 240_000 }, () => {
  it('is lent an address by the LAN, which it reaches as capsules do, by a link of its own', async () => {
    await answers();
    const page = await world.novaMust(['exec', 'web', '--', 'wget', '-q', '-O', '-', 'http://10.9.9.30/']);
    expect(page).toBe('hello from the machine\n');
    expect(shown()).toMatch(
      new RegExp(`^${tap()}@wan0: .*ALLMULTI.*link/ether ${macOf(identity())} .*macvtap`),
    );
    expect(host(`ip -o addr show dev ${tap()}`)).toBe('');
    expect(readdirSync('/dev').filter((name) => name.startsWith(tap()))).toEqual([]);
    expect(await world.drift()).toEqual([]);
  });

  it('is found by neighbours who ask a group that it listens to', async () => {
    const [a = '', b = '', c = '', d = '', e = '', f = ''] = macOf(identity()).split(':');
    const first = (Number.parseInt(a, 16) ^ 2).toString(16);
    const own = `fe80::${first}${b}:${c}ff:fe${d}:${e}${f}`;
    const asked = () => sh(`busybox ping -c 1 -W 2 ${own}%lan0 >/dev/null && echo yes || echo no`, lan.name);
    await expect.poll(asked, { timeout: 30_000 }).toBe('yes\n');
  });

  it('is known again without the state, and is not started anew', async () => {
    const before = await qemusOf(identity());
    await rm(world.stateDirectory, { recursive: true });
    expect(await world.drift()).toEqual([]);
    await world.novaMust(['apply', '--yes']);
    expect(await qemusOf(identity())).toEqual(before);
  });

  it('comes back as it was, whatever of its link is changed by hand', async () => {
    await using nova = await openAtWork(world);
    const [whole, before] = [shown(), await qemusOf(identity())];
    for (const hand of ['down', 'mtu 1400', 'address 02:00:00:00:00:99', 'allmulticast off', 'alias ""']) {
      host(`ip link set ${tap()} ${hand}`);
      if (hand.startsWith('alias')) {
        expect((await nova.plan()).resources.flatMap(({ problems }) => problems)).not.toEqual([]);
        host(`ip link set ${tap()} alias '${/alias (\S+)/.exec(whole)?.[1] ?? ''}'`);
      }
      const drifted = (await nova.plan()).resources.filter(({ drift }) => drift !== undefined);
      expect(drifted.map(({ address }) => address)).toEqual(hand.startsWith('alias') ? [] : ['vm.box']);
      await nova.apply();
      expect({ hand, shown: shown() }).toEqual({ hand, shown: whole });
    }
    expect(await qemusOf(identity())).toEqual(before);
    await answers();
  });

  it('is started again with a new link where what it lay over was taken away', async () => {
    host('ip link del wan0');
    expect((await world.nova(['plan'])).stderr).toContain('this host has no interface wan0');
    host(`ip link add name wan0 type veth peer name lan0 netns ${lan.name}`);
    sh('ip link set lan0 up; ip addr add 10.9.9.1/24 dev lan0', lan.name);
    lan.address();
    const before = await qemusOf(identity());
    expect(await world.novaMust(['plan'])).toContain('vm.box will be changed (restarts it)');
    await world.novaMust(['apply', '--yes']);
    expect(await qemusOf(identity())).not.toEqual(before);
    await answers();
    expect(await world.drift()).toEqual([]);
  });

  it('leaves nothing behind', async () => {
    await world.novaMust(['destroy', '--yes']);
    expect(host('ip -o link')).not.toContain(tap());
    expect(await qemusOf(identity())).toEqual([]);
    expect(readdirSync('/dev').filter((name) => name.startsWith(tap()))).toEqual([]);
  });
});
