import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type AtWork, openAtWork } from '../support/atWork.ts';
import { createWorld, type World } from '../support/world.ts';
import { byHand, stateOf } from './handwork.ts';

const novaFile = `
project = "demo"
[network.lan]
subnet = "192.168.77.1/24"
dhcp_range = "192.168.77.100-192.168.77.150"
forwards = ["8081 -> container.web:80"]
[network.dark]
profile = "internal"
subnet = "192.168.78.1/24"
[container.web]
capsule = "./root"
command = ["httpd", "-f", "-p", "80", "-h", "/bin"]
network = "lan"
ports = ["8080:80"]
restart = "never"
stop_timeout = 1
`;

let world: World;
let nova: AtWork;
let whole: readonly string[];

beforeAll(async () => {
  world = await createWorld();
  await world.write(novaFile);
  nova = await openAtWork(world);
  await nova.apply();
  await hand(`ip link add other0 type bridge; ip link set other0 address 02:00:00:00:00:02 mtu 1300; ip addr add 10.99.0.1/24 dev other0; ip link set other0 up
    ip route add 10.98.0.0/24 dev other0; nft 'add table inet other; add chain inet other keep; add rule inet other keep accept'`);
  whole = await state();
});

afterAll(async () => {
  await nova[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const state = () => stateOf(world, ['ipv4/ip_forward', 'ipv4/conf/lan/route_localnet']);
const hand = (line: string) => byHand(world, line);

const mutations: readonly (readonly [what: string, line: string, address?: string])[] = [
  ['the bridge is deleted', 'ip link del lan'],
  ['both bridges are deleted', 'ip link del lan; ip link del dark', 'network.dark'],
  ['the bridge is down', 'ip link set lan down'],
  ['its MTU is another', 'ip link set lan mtu 1280'],
  ['its MAC address is another', 'ip link set lan address 02:00:00:00:00:01'],
  ['it has another name', 'ip link set lan down; ip link set lan name nal'],
  ['it takes part in the spanning tree', 'ip link set lan type bridge stp_state 1'],
  ['a bridge was left half-made', 'ip link add $TEMPORARY type bridge'],
  ['its address is gone', 'ip addr flush dev lan'],
  ['its address is another', 'ip addr flush dev lan; ip addr add 10.9.8.7/24 dev lan'],
  ['its prefix is another', 'ip addr flush dev lan; ip addr add 192.168.77.1/16 dev lan'],
  ['it has one more address', 'ip addr add 192.168.99.1/24 dev lan'],
  ['the route to its subnet is gone', 'ip route del 192.168.77.0/24 dev lan'],
  ['the route to the internal one is gone', 'ip route del 192.168.78.0/24 dev dark', 'network.dark'],
  [
    'another address of the subnet is before it',
    'ip addr flush dev lan; for n in 7 1; do ip addr add 192.168.77.$n/24 dev lan; done',
  ],
  ['the address of the internal one is gone', 'ip addr flush dev dark', 'network.dark'],
  ['a member has no master', 'ip link set $VETH nomaster', 'container.web'],
  ['a member has another master', 'ip link set $VETH master dark', 'container.web'],
  ['a member has the master of somebody else', 'ip link set $VETH master other0', 'container.web'],
  ['the link of a member is down', 'ip link set $VETH down', 'container.web'],
  ['the link of a member is deleted', 'ip link del $VETH', 'container.web'],
  [
    'a port gives nothing back to where it came from',
    'ip link set $VETH type bridge_slave hairpin off',
    'container.web',
  ],
  ['a member has no way out', '$INSIDE ip route del default', 'container.web'],
  ['a member has no address', '$INSIDE ip addr flush dev eth0', 'container.web'],
  ['forwarding is off', 'echo 0 > /proc/sys/net/ipv4/ip_forward'],
  ['the way from 127.0.0.1 is closed', 'echo 0 > /proc/sys/net/ipv4/conf/lan/route_localnet'],
  ['the table is deleted', 'nft delete table inet $TABLE'],
  ['the table is flushed', 'nft flush table inet $TABLE'],
  [
    'everything of nftables is flushed but what is not ours',
    'nft flush ruleset; nft "add table inet other; add chain inet other keep; add rule inet other keep accept"',
  ],
  [
    'the rules of the internal one are gone',
    'for h in $(nft -a list chain inet $TABLE forward | sed -n "s/.*dark.*handle //p"); do nft delete rule inet $TABLE forward handle $h; done',
    'network.dark',
  ],
  ['a chain drops by default', 'nft "chain inet $TABLE forward { policy drop; }"'],
  [
    'a chain hangs on another hook',
    'nft "flush chain inet $TABLE forward; delete chain inet $TABLE forward; add chain inet $TABLE forward { type filter hook input priority 0; }"',
  ],
  [
    'a chain has another priority',
    'nft "flush chain inet $TABLE postrouting; delete chain inet $TABLE postrouting; add chain inet $TABLE postrouting { type nat hook postrouting priority 50; }"',
  ],
  ['a chain is gone', 'nft "flush chain inet $TABLE postrouting; delete chain inet $TABLE postrouting"'],
  [
    'there is one more rule in its name',
    String.raw`nft "add rule inet $TABLE forward iifname lan accept comment \"network.lan\""`,
  ],
  ['dnsmasq is killed', 'kill -9 $(cat "$PIDFILE")'],
  ['dnsmasq is stopped by a signal', 'kill -STOP $(cat "$PIDFILE")'],
  ['dnsmasq of the internal one is ended', 'kill $(cat "$DARKPID")', 'network.dark'],
  [
    'dnsmasq is in another cgroup',
    'echo $(cat "$PIDFILE") > /sys/fs/cgroup/unified/cgroup.procs || echo $(cat "$PIDFILE") > /sys/fs/cgroup/cgroup.procs',
  ],
  ['its configuration is edited', 'echo cache-size=1 >> $LAN/dnsmasq.conf'],
  ['its range is another', 'sed -i s/77.150/77.120/ $LAN/dnsmasq.conf'],
  ['its configuration is gone', 'rm $LAN/dnsmasq.conf'],
  ['the name of the gateway is another', 'echo 6.6.6.6 _gateway.lan.internal > $LAN/hosts/gateway'],
  ['the name of the gateway is gone', 'rm $LAN/hosts/gateway'],
  ['the name of a member is gone', 'rm $LAN/hosts/$WEB', 'container.web'],
  ['the name of a member is another', 'echo 6.6.6.6 web > $LAN/hosts/$WEB', 'container.web'],
  ['the folder of names is gone', 'rm -r $LAN/hosts'],
  ['the folder of reservations is gone', 'rm -r $LAN/dhcp-hosts'],
  ['nobody knows whose its folder is', 'rm $LAN/owner'],
  ['its folder is gone', 'rm -r $LAN'],
  ['all folders are gone', 'rm -r $(dirname $LAN)', 'network.dark'],
  ['the folder of leases is gone', 'rm -r $LEASES'],
  ['the file of leases is gone', 'rm $LEASES/leases'],
  ['nobody knows whose its leases are', 'rm $LEASES/owner'],
  ['its leases are said to be of somebody else', 'echo other > $LEASES/owner'],
  [
    'everything is gone at once',
    'ip link del lan; ip link del dark; nft delete table inet $TABLE; kill -9 $(cat "$PIDFILE"); echo 0 > /proc/sys/net/ipv4/ip_forward; rm -r $LAN',
  ],
];

describe('a network that is changed by hand', () => {
  it.each(mutations.map(([what, line, address = 'network.lan']) => ({ what, line, address })))(
    'comes back as it was: $what',
    async ({ line, address }) => {
      await hand(line);
      const { resources } = await nova.plan();
      const drifted = resources
        .filter(({ drift }) => drift !== undefined)
        .map((resource) => resource.address);
      expect(drifted).toContain(address);
      await nova.apply();
      await expect.poll(state, { timeout: 60_000 }).toEqual(whole);
      expect((await nova.plan()).resources.every(({ action }) => action === 'no-op')).toBe(true);
    },
  );

  it('comes back as it was, whichever of its rules is gone', async () => {
    const handles = await hand("nft -a list table inet $TABLE | sed -n 's/.*comment.*# handle //p'");
    const count = handles.trim().split('\n').length;
    expect(count).toBeGreaterThan(8);
    for (let nth = 1; nth <= count; nth += 1) {
      await hand(`nft -a list table inet $TABLE | awk '
        /chain/ { chain = $2 } /comment/ { n += 1; if (n == ${nth}) print chain, $NF }' | {
        read -r chain handle; nft delete rule inet $TABLE $chain handle $handle; }`);
      expect((await nova.plan()).resources.filter(({ drift }) => drift !== undefined)).toHaveLength(1);
      await nova.apply();
      expect(await state()).toEqual(whole);
    }
  });

  it('differs in none of 100 looks while nothing happens', async () => {
    for (let look = 0; look < 100; look += 1) {
      const { resources, intruders } = await nova.plan();
      expect(resources.filter(({ action, drift }) => action !== 'no-op' || drift !== undefined)).toEqual([]);
      expect(intruders).toEqual([]);
    }
  });
});
