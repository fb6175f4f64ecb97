import { expect } from 'vitest';

import { labTest } from './labTest.ts';

const novaFile = (vlan: number) => `
project = "demo"

[network.tagged]
interfaces = ["wan0"]
vlan = ${vlan}
subnet = "10.20.0.1/24"
dns = false
`;

/** The other end of wan0 answers at 10.20.0.9 on VLAN 20, and at 10.20.0.10 on VLAN 30. */
labTest(
  'a VLAN of an interface is a port of a bridge, and the interface stays what it was',
  async ({ world, place }) => {
    await world.lab.sh(`
    modprobe 8021q
    nsenter --net=/run/netns/${world.netns} ip link add name wan0 type veth peer name lan0 netns ${place.netns}
    nsenter --net=/run/netns/${world.netns} sh -ec 'ip link set wan0 up; ip addr add 10.9.9.2/24 dev wan0'`);
    await place.sh(`
    ip link set lan0 up
    ip link add link lan0 name twenty type vlan id 20
    ip link add link lan0 name thirty type vlan id 30
    ip addr add 10.20.0.9/24 dev twenty
    ip addr add 10.20.0.10/24 dev thirty
    ip link set twenty up
    ip link set thirty up`);
    const inside = (script: string) => world.inside(['sh', '-ec', script]);
    const answers = (ip: string) => async () =>
      inside(`if busybox ping -c 1 -W 1 ${ip} >/dev/null; then echo yes; else echo no; fi`);
    const before = await world.state('inside');

    await world.write(novaFile(20));
    await world.novaMust(['apply', '--yes']);
    await expect.poll(answers('10.20.0.9'), { timeout: 120_000 }).toBe('yes\n');
    expect(await inside('ip -o -4 addr show dev wan0; ip -o link show master tagged')).toMatch(
      /10\.9\.9\.2\/24.*\n.*@wan0: .*master tagged/,
    );
    expect(await world.drift()).toEqual([]);

    await inside('ip link delete $(ip -o link show type vlan | cut -d " " -f 2 | cut -d @ -f 1)');
    expect(await world.drift()).toMatchObject([
      { address: 'network.tagged', fields: [{ path: 'wan0.vlan' }] },
    ]);
    // The other end answers by the first of two links to one subnet.
    await place.sh('ip link set twenty down');
    await world.write(novaFile(30));
    await world.novaMust(['apply', '--yes']);
    await expect.poll(answers('10.20.0.10'), { timeout: 120_000 }).toBe('yes\n');
    expect(await world.drift()).toEqual([]);

    await world.novaMust(['destroy', '--yes']);
    expect((await world.state('inside')).filter((line) => !/ nft | file | cgroup/.test(line))).toEqual(
      before.filter((line) => !/ nft | file | cgroup/.test(line)),
    );
  },
);

const led = `
project = "demo"

[network.led]
uplink = "wan0"
vlan = 20
subnet = "192.168.91.1/24"
dns = false

[network.also]
uplink = "wan0"
vlan = 20
subnet = "192.168.92.1/24"
dns = false
`;

/** The world beyond the router on VLAN 20 is 203.0.113.9, which knows no way back to the members. */
labTest(
  'a VLAN of an interface is the way out of networks, and the last of them takes it along',
  async ({ world, place }) => {
    const { netns } = world;
    await world.lab.sh(`
    modprobe 8021q
    nsenter --net=/run/netns/${netns} ip link add name wan0 type veth peer name lan0 netns ${place.netns}
    nsenter --net=/run/netns/${netns} ip link set wan0 up`);
    await place.sh(`
    ip link set lan0 up; ip link set lo up
    ip link add link lan0 name twenty type vlan id 20
    ip addr add 10.20.0.1/24 dev twenty; ip link set twenty up
    ip addr add 203.0.113.9/32 dev lo`);
    const inside = (script: string) => world.inside(['sh', '-ec', script]);
    const before = (await world.state('inside')).filter((line) => !/ nft | file | cgroup/.test(line));
    /** As a DHCP client would. */
    const addresses = () =>
      inside('ip addr replace 10.20.0.2/24 dev wan0.20; ip route replace default via 10.20.0.1 dev wan0.20');
    const way = (from: string, bridge: string) =>
      inside(`ip route get 203.0.113.9 from ${from} iif ${bridge} || true`);

    await world.write(led);
    await world.novaMust(['apply', '--yes']);
    expect(await inside('cat /proc/sys/net/ipv6/conf/wan0.20/accept_ra')).toBe('2\n');
    await addresses();
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    expect(await way('192.168.91.9', 'led')).toMatch(/ via 10\.20\.0\.1 dev wan0\.20/);
    const answers = async () =>
      inside(
        'if busybox ping -c 1 -W 1 -I 192.168.91.1 203.0.113.9 >/dev/null; then echo yes; else echo no; fi',
      );
    await expect.poll(answers, { timeout: 120_000 }).toBe('yes\n');

    await inside('ip link delete wan0.20');
    const drifted = (await world.drift()).map(({ address, class: kind }) => `${address} ${kind}`);
    expect(drifted.toSorted()).toEqual(['network.also changed', 'network.led changed']);
    await world.novaMust(['apply', '--yes']);
    await addresses();
    await world.novaMust(['apply', '--yes']);

    // The other one leaves by it as before, though it is the one that goes whose mark it bore.
    const index = () => inside('ip -o link show wan0.20 | cut -d : -f 1');
    const before20 = await index();
    const [gone, kept, ip] = (await inside('ip -d link show wan0.20')).includes('/network.led')
      ? ['led', 'also', '192.168.92.9']
      : ['also', 'led', '192.168.91.9'];
    await world.write(led.replace(new RegExp(`\\[network.${gone}\\][^[]*`), ''));
    await world.novaMust(['apply', '--yes']);
    expect(await index()).toBe(before20);
    expect(await world.drift()).toEqual([]);
    expect(await way(ip, kept)).toMatch(/ dev wan0\.20/);
    await world.novaMust(['destroy', '--yes']);
    expect((await world.state('inside')).filter((line) => !/ nft | file | cgroup/.test(line))).toEqual(
      before,
    );
  },
);
