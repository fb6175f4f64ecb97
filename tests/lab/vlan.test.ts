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
