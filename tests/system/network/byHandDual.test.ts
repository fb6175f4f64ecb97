import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type AtWork, openAtWork } from '../support/atWork.ts';
import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';
import { byHand, stateOf } from './handwork.ts';

const novaFile = `
project = "demo"
[network.lan]
subnet = "192.168.77.1/24"
subnet6 = "fd00:77::1/64"
dhcp_range6 = "fd00:77::100-fd00:77::1ff"
policy = "closed"
allow = ["10.9.0.0/16 -> container.web:80", "container.peer -> container.web:53/udp", "host -> network.lan:22"]
forwards = ["8081 -> container.web:80"]
[network.dark]
profile = "internal"
subnet6 = "fd00:78::1/64"
[container.web]
capsule = "./root"
command = ["sleep", "100000"]
network = "lan"
ports = ["8080:80"]
stop_timeout = 1
[container.peer]
capsule = "./root"
command = ["sleep", "100000"]
network = "lan"
stop_timeout = 1
`;

let world: World;
let nova: AtWork;
let whole: readonly string[];

const sysctls = [
  ...['ipv4/ip_forward', 'ipv4/conf/lan/route_localnet', 'ipv6/conf/all/forwarding'],
  ...['ipv6/conf/wan0/accept_ra', 'ipv6/conf/lan/disable_ipv6'],
];
const state = () => stateOf(world, sysctls);
const hand = (line: string) => byHand(world, line);

beforeAll(async () => {
  world = await createWorld();
  await must(['ip', 'netns', 'add', world.netns]);
  await world.inside([
    'sh',
    '-ec',
    'ip link set lo up; ip link add wan0 type veth peer name far0; ip link set wan0 up',
  ]);
  await world.write(novaFile);
  nova = await openAtWork(world);
  await nova.apply();
  await hand(`ip -6 addr add fd00:99::1/64 dev wan0 nodad; ip -6 route add fd00:98::/64 dev wan0
    nft 'add table bridge other; add chain bridge other keep { type filter hook forward priority 5; }; add rule bridge other keep accept'`);
  whole = await state();
});

afterAll(async () => {
  await nova[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const mutations: readonly (readonly [what: string, line: string, address?: string])[] = [
  ['its IPv6 address is gone', 'ip -6 addr flush dev lan scope global'],
  [
    'its IPv6 address is another',
    'ip -6 addr flush dev lan scope global; ip addr add fd00:66::1/64 dev lan nodad',
  ],
  [
    'its IPv6 prefix is another',
    'ip addr del fd00:77::1/64 dev lan; ip addr add fd00:77::1/80 dev lan nodad',
  ],
  ['it has one more IPv6 address', 'ip addr add fd00:77::7/64 dev lan nodad'],
  ['the route to its IPv6 subnet is gone', 'ip -6 route del fd00:77::/64 dev lan'],
  ['both routes are gone', 'ip -6 route del fd00:77::/64 dev lan; ip route del 192.168.77.0/24 dev lan'],
  ['IPv6 is switched off on it', 'echo 1 > /proc/sys/net/ipv6/conf/lan/disable_ipv6'],
  ['the IPv6 address of the internal one is gone', 'ip -6 addr flush dev dark scope global', 'network.dark'],
  ['the IPv6 route of the internal one is gone', 'ip -6 route del fd00:78::/64 dev dark', 'network.dark'],
  ['IPv6 is not forwarded', 'echo 0 > /proc/sys/net/ipv6/conf/all/forwarding'],
  ['its router is not heard', 'echo 1 > /proc/sys/net/ipv6/conf/wan0/accept_ra'],
  ['a member has no IPv6 address', '$INSIDE ip -6 addr flush dev eth0 scope global', 'container.web'],
  ['a member has no way out by IPv6', '$INSIDE ip -6 route del default', 'container.web'],
  ['nobody is told of the IPv6 subnet', 'sed -i /^enable-ra/d $LAN/dnsmasq.conf'],
  ['the IPv6 range is another', 'sed -i s/fd00:77::1ff/fd00:77::1fe/ $LAN/dnsmasq.conf'],
  ['the leases of IPv6 are gone', 'rm $LEASES/leases'],
  ['it is not closed within', 'nft delete table bridge $TABLE'],
  ['its ports are not asked', 'nft flush chain bridge $TABLE bridged'],
  ['all are let through', 'nft flush chain inet $TABLE into-$OWN'],
  [
    'all are let through before anybody is asked',
    String.raw`nft insert rule inet $TABLE into-$OWN return comment \"network.lan\"`,
  ],
  [
    'what is let through is let through too late',
    String.raw`h=$(nft -a list chain inet $TABLE own-$OWN | sed -n "s/.*drop.*handle //p"); nft delete rule inet $TABLE own-$OWN handle $h; nft insert rule inet $TABLE own-$OWN drop comment \"network.lan\"`,
  ],
  [
    'another port is let through',
    String.raw`set -- $(nft -a list chain bridge $TABLE port-$OWN | sed -n "s/.*dport 53.*handle //p"); nft replace rule bridge $TABLE port-$OWN handle $1 udp dport 54 accept comment \"network.lan\"`,
  ],
  ['what was asked is not noted', 'nft flush chain bridge $TABLE sent-$OWN'],
  ['this host is kept from nothing', 'nft "flush chain inet $TABLE own; delete chain inet $TABLE own"'],
  [
    'a port of the host leads to another one',
    String.raw`set -- $(nft -a list chain inet $TABLE prerouting | sed -n "s/.*8081.*ip6 to.*handle //p"); nft replace rule inet $TABLE prerouting handle $1 tcp dport 8081 dnat ip6 to [fd00:77::66]:80 comment \"network.lan\"`,
  ],
  [
    'what comes from 127.0.0.1 comes in',
    'for h in $(nft -a list chain inet $TABLE raw | sed -n "s/.*handle //p" | tail -n +2); do nft delete rule inet $TABLE raw handle $h; done',
  ],
];

describe('a closed network of both families that is changed by hand', () => {
  it.each(mutations.map(([what, line, address = 'network.lan']) => ({ what, line, address })))(
    'comes back as it was: $what',
    async ({ line, address }) => {
      await hand(line);
      const { resources } = await nova.plan();
      const drifted = resources.filter(({ drift }) => drift !== undefined).map((each) => each.address);
      expect(drifted).toContain(address);
      await nova.apply();
      await expect.poll(state, { timeout: 20_000 }).toEqual(whole);
      expect((await nova.plan()).resources.every(({ action }) => action === 'no-op')).toBe(true);
    },
  );

  it('comes back as it was, whichever of its rules is gone', async () => {
    const list = `for family in inet bridge; do nft -a list table $family $TABLE | awk -v f=$family '/chain/ { chain = $2 } /comment/ { print f, chain, $NF }'; done`;
    const count = (await hand(list)).trim().split('\n').length;
    expect(count).toBeGreaterThan(40);
    for (let nth = 1; nth <= count; nth += 1) {
      await hand(
        `${list} | sed -n ${nth}p | { read -r family chain handle; nft delete rule $family $TABLE $chain handle $handle; }`,
      );
      expect((await nova.plan()).resources.filter(({ drift }) => drift !== undefined)).toHaveLength(1);
      await nova.apply();
      expect(await state()).toEqual(whole);
    }
  });

  it('differs in none of 30 looks while nothing happens', async () => {
    for (let look = 0; look < 30; look += 1) {
      const { resources, intruders } = await nova.plan();
      expect(resources.filter(({ action, drift }) => action !== 'no-op' || drift !== undefined)).toEqual([]);
      expect(intruders).toEqual([]);
    }
  });
});
