import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { cgroupTree } from '../../../reconcilers/host/cgroupTree.ts';
import { say } from '../../../reconcilers/host/guard/armed.ts';
import { readProcess } from '../../../reconcilers/host/viewProcesses.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { createLab, idsOf, type Lab } from './lab.ts';
import { createLan, type Lan } from './uplinkLan.ts';

const external: NetworkSpec = {
  type: 'bridge',
  profile: 'external',
  interfaces: ['wan0'],
  subnet: '10.9.9.3/24',
  dns: false,
  domain: 'lan.internal',
  mtu: 1500,
};

let lab: Lab;
let lan: Lan;
let before: readonly string[];

beforeAll(() => {
  lab = createLab();
  lan = createLan(lab.scope.namespace ?? '');
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  lan[Symbol.dispose]();
});

/** The kernel tells a bridge of a port's carrier in its own time. */
const reached = (ip: string) => expect.poll(() => lan.reaches(ip), { timeout: 30_000 }).toBe(true);

/** What is left of a guard: its cgroup, and the folder where it meets Nova. */
function leftOfGuard(): readonly string[] {
  const cgroups = `${cgroupTree().unified}/nova/${lab.scope.id}`;
  const own = existsSync(cgroups) ? readdirSync(cgroups).filter((name) => name.endsWith('-guard')) : [];
  return [...own, ...(existsSync(lab.place.paths.guard) ? ['its folder'] : [])];
}

describe('an interface of the host in a bridge', () => {
  beforeAll(async () => {
    before = lan.ways();
    await lab.apply(external);
  });

  it('brings its addresses and routes along', async () => {
    expect(lan.addressesOf('wan0')).toEqual([]);
    expect(lan.addressesOf('lan')).toEqual(['10.9.9.2/24', '10.9.9.3/24', '10.9.9.7/24', 'fd00:9::2/64']);
    expect(lab.inside('ip route show default; ip route show table 77; ip -6 route show default')).toMatch(
      /^default via 10\.9\.9\.1 dev lan src 10\.9\.9\.7 metric 100 \n198\.51\.100\.0\/24 via 10\.9\.9\.1 dev lan \ndefault via fe80::1 dev lan /,
    );
    await reached('10.9.9.1');
    await reached('fd00:9::1');
    expect(await lab.plan(external)).toEqual([]);
    expect((await lab.observe(external)).intruders).toEqual([]);
    expect(leftOfGuard()).toEqual([]);
  });

  it.each([
    { hand: 'takes it out', line: 'ip link set wan0 nomaster', ids: ['uplinks'] },
    { hand: 'downs it', line: 'ip link set wan0 down', ids: ['uplinks'] },
    { hand: 'takes an address that came along', line: 'ip addr del 10.9.9.7/24 dev lan', ids: ['uplinks'] },
    { hand: 'takes an IPv6 one', line: 'ip addr del fd00:9::2/64 dev lan', ids: ['uplinks'] },
    { hand: 'takes the default route', line: 'ip route del default', ids: ['uplinks'] },
    { hand: 'takes the IPv6 default route', line: 'ip -6 route del default', ids: ['uplinks'] },
    {
      hand: 'leads the default route elsewhere',
      line: 'ip route replace default via 10.9.9.9 src 10.9.9.7 metric 100',
      ids: ['uplinks'],
    },
    { hand: 'takes a route of another table', line: 'ip route flush table 77', ids: ['uplinks'] },
    {
      hand: 'gives the interface an address again',
      line: 'ip addr add 10.9.9.2/24 dev wan0',
      ids: ['uplinks'],
    },
    { hand: 'lowers its MTU', line: 'ip link set wan0 mtu 1400', ids: ['uplinks'] },
    {
      hand: "changes the bridge's MAC",
      line: 'ip link set lan address 02:00:00:00:00:01',
      ids: ['bridge.set'],
    },
    {
      hand: 'turns the spanning tree protocol on',
      line: 'ip link set lan type bridge stp_state 1',
      ids: ['bridge.set'],
    },
    { hand: 'takes the address of the NovaFile', line: 'ip addr del 10.9.9.3/24 dev lan', ids: ['address'] },
    { hand: 'downs the bridge', line: 'ip link set lan down', ids: ['bridge.set', 'uplinks'] },
    { hand: 'deletes the bridge', line: 'ip link delete lan', ids: ['bridge.create', 'uplinks', 'address'] },
    { hand: 'loses what is noted of it', line: 'rm $RECORD', ids: ['uplinks'] },
  ])('is repaired when somebody $hand', async ({ line, ids }) => {
    const whole = lan.ways();
    lab.inside(line.replace('$RECORD', lab.place.paths.uplinks));
    const steps = await lab.plan(external);
    await lab.run(steps, external);
    await lab.run(steps, external);
    expect({ ids: idsOf(steps), left: await lab.plan(external), ways: lan.ways() }).toEqual({
      ids,
      left: [],
      ways: whole,
    });
    await reached('10.9.9.1');
  });

  it('follows an address that the host is lent anew, and gives none back that it was lent before', async () => {
    lab.inside('ip addr add 10.9.9.20/24 dev wan0 valid_lft 3000 preferred_lft 3000');
    await lab.apply(external);
    expect(lan.addressesOf('lan')).toContain('10.9.9.20/24');
    lab.inside('ip addr del 10.9.9.20/24 dev lan');
    expect(await lab.plan(external)).toEqual([]);
  });

  it('is joined by another one, which leaves again, and a stranger stays where somebody has put it', async () => {
    const both: NetworkSpec = { ...external, interfaces: ['wan0', 'wan1'], stp: true, mtu: 1600 };
    await lab.apply(both);
    expect(lab.inside('ip -d -o link show master lan; ip -d -o link show lan')).toMatch(
      /wan0@.* mtu 1600 .*\n.*wan1@.* mtu 1600 .*\n.*stp_state 1/,
    );
    expect(await lab.plan(both)).toEqual([]);
    lab.inside('ip link add name odd type veth peer name even; ip link set odd master lan');
    await lab.apply(external);
    expect(lab.inside('ip -o link show master lan')).toMatch(/wan0@.*\n.*odd@/);
    expect((await lab.observe(external)).intruders).toEqual([
      { address: 'network.lan', what: 'link odd on bridge lan' },
    ]);
    expect(await lab.plan(external)).toEqual([]);
    lab.inside('ip link delete odd');
  });

  it('goes back as it came when the network goes', async () => {
    expect(idsOf(await lab.apply(undefined))).toEqual(['uplinks.release', 'bridge.remove', 'remove']);
    expect(lan.ways()).toEqual(before);
    await reached('10.9.9.1');
  });
});

/** A packet filter that names the interface: nobody is asked for a MAC address from the bridge. */
const wall = (links: string) =>
  `nft 'table arp wall { chain out { type filter hook output priority 0; oifname ${links} drop; }; }'`;

describe('the guard of an uplink', () => {
  beforeEach(async () => {
    await reached('10.9.9.1');
    before = lan.ways();
  });
  afterEach(async () => {
    lab.inside('nft flush ruleset');
    await lab.apply(undefined);
    lan.address();
  });

  const tried = (spec: NetworkSpec) => lab.apply(spec).catch((error: unknown) => error);
  /** As it was before it was tried, but for the bridge, which stays. */
  const asBefore = () => lan.ways().filter((line) => !/\blan\b/.test(line));

  it('takes the change back when the gateway does not answer any more', async () => {
    lab.inside(wall('!= "wan0"'));
    expect(await tried({ ...external, confirm_timeout: 1 })).toMatchObject({
      code: 'network.cut-off',
      message: expect.stringMatching(/^the change was taken back: no answer from 10\.9\.9\.1/) as string,
    });
    expect(asBefore()).toEqual(before);
    await reached('10.9.9.1');
    expect(leftOfGuard()).toEqual([]);
  });

  it('takes it back when the guard itself is killed', async () => {
    lab.inside(wall('!= "wan0"'));
    const end = tried({ ...external, confirm_timeout: 3600 });
    await expect
      .poll(() => lab.inside('ip -o link show dev wan0'), { timeout: 30_000 })
      .toMatch(/master lan/);
    process.kill(guardPid(), 'SIGKILL');
    expect(await end).toMatchObject({
      code: 'network.cut-off',
      message: expect.stringMatching(/its guard has ended/) as string,
    });
    expect(asBefore()).toEqual(before);
  });

  it('takes it back when one command of it cannot be done', async () => {
    lab.inside('ip link add link wan1 name above type macvlan');
    expect(await tried({ ...external, interfaces: ['wan0', 'wan1'] })).toMatchObject({
      code: 'host.command',
    });
    lab.inside('ip link delete above');
    expect(asBefore()).toEqual(before);
    expect(leftOfGuard()).toEqual([]);
  });

  it('lets nothing be changed when the gateway does not answer even before', async () => {
    lab.inside(wall('{ "wan0", "lan" }'));
    expect(await tried(external)).toMatchObject({
      code: 'network.cut-off',
      message: expect.stringMatching(/^nothing was changed: 10\.9\.9\.1 does not answer even now/) as string,
    });
    expect(asBefore()).toEqual(before);
  });

  it('asks the address that it is told, on the link or behind the gateway', async () => {
    for (const [confirm_address, interfaces] of [
      ['fd00:9::1', ['wan0']],
      ['198.51.100.1', ['wan0', 'wan1']],
    ] as const) {
      lab.inside(`nsenter --net=/run/netns/${lan.name} ip addr replace 198.51.100.1/32 dev lo`);
      expect(await tried({ ...external, interfaces, confirm_address })).toBeInstanceOf(Array);
      await lab.apply(undefined);
    }
  });

  it('is what the only interface with the default route needs', async () => {
    const { wanted } = await lab.observe({ ...external, confirm_timeout: 0 });
    expect(wanted.get('network.lan')?.problems).toMatchObject([
      {
        code: 'network.interface',
        path: ['interfaces', 0],
        message: expect.stringMatching(/^wan0 has the only default route/) as string,
      },
    ]);
    const bare: NetworkSpec = { ...external, interfaces: ['wan1'], confirm_timeout: 0 };
    expect((await lab.observe(bare)).wanted.get('network.lan')?.problems).toEqual([]);
  });

  it('asks the gateway of an uplink with IPv6 alone', async () => {
    lab.inside(
      'ip -4 addr flush dev wan0; ip -6 route replace default via fe80::1 dev wan0 expires 1000 proto ra',
    );
    const { subnet: _, ...six } = external;
    await lab.apply(six);
    expect(lan.addressesOf('lan')).toEqual(['fd00:9::2/64']);
    expect(lab.inside('ip -6 route show default')).toMatch(/^default via fe80::1 dev lan proto ra .*expires/);
    await reached('fd00:9::1');
    expect(await lab.plan(six)).toEqual([]);
  });

  it('ends what a run that was cut off has left', async () => {
    await lab.host.files.write(`${lab.place.paths.guard}/armed.json`, '{}');
    say(lab.place.paths.guard, { state: 'undone', why: 'Nova ended' });
    expect(idsOf(await lab.apply(external))).toContain('uplinks');
    expect(await lab.plan(external)).toEqual([]);
    expect(leftOfGuard()).toEqual([]);
  });
});

/** Not that of an `ip` that it has just started. */
function guardPid(): number {
  const file = `${cgroupTree().unified}${lab.place.cgroup}-guard/cgroup.procs`;
  const pids = readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number);
  const guard = pids.find((pid) => readProcess(pid)?.argv.includes(lab.place.paths.guard));
  if (guard === undefined) throw new Error(`there is no guard among ${pids.join(', ')}`);
  return guard;
}
