import { expect } from 'vitest';

import { labTest } from './labTest.ts';

const novaFile = (vlan: number, ip: string) => `
project = "demo"

[network.guests]
type = "macvlan"
uplink = "wan0"
vlan = ${vlan}
subnet = "10.20.0.1/24"

[container.web]
capsule = "./root"
command = ["sleep", "100000"]
network = { name = "guests", ip = "${ip}" }
stop_timeout = 1
`;

/** The other end of wan0 is 10.20.0.9 on VLAN 20, and 10.20.0.10 on VLAN 30. */
labTest('a capsule shares a VLAN of an interface, and another one', async ({ world, place }) => {
  await world.lab.sh(`
    modprobe -a 8021q macvlan
    nsenter --net=/run/netns/${world.netns} ip link add name wan0 type veth peer name lan0 netns ${place.netns}
    nsenter --net=/run/netns/${world.netns} ip link set wan0 up`);
  await place.sh(`
    ip link set lan0 up
    ip link add link lan0 name twenty type vlan id 20
    ip link add link lan0 name thirty type vlan id 30
    ip addr add 10.20.0.9/24 dev twenty
    ip addr add 10.20.0.10/32 dev thirty
    ip link set twenty up
    ip link set thirty up
    ip route add 10.20.0.21/32 dev thirty`);
  const inside = (script: string) => world.inside(['sh', '-ec', script]);
  const answers = (ip: string) => async () =>
    place.sh(`if busybox ping -c 1 -W 1 ${ip} >/dev/null; then echo yes; else echo no; fi`);

  await world.write(novaFile(20, '10.20.0.20'));
  await world.novaMust(['apply', '--yes']);
  await expect.poll(answers('10.20.0.20'), { timeout: 120_000 }).toBe('yes\n');
  expect(await inside('ip -d -o link show wan0.20')).toMatch(
    /wan0\.20@wan0: .* vlan protocol 802\.1Q id 20 /,
  );
  expect(await world.drift()).toEqual([]);

  await inside('ip link delete wan0.20');
  const drift = await world.drift();
  expect(drift.map(({ address }) => address).toSorted()).toEqual(['container.web', 'network.guests']);
  await world.novaMust(['apply', '--yes']);
  await expect.poll(answers('10.20.0.20'), { timeout: 120_000 }).toBe('yes\n');

  await world.write(novaFile(30, '10.20.0.21'));
  expect(await world.novaMust(['plan'])).toContain('network.guests will be replaced');
  await world.novaMust(['apply', '--yes']);
  await expect.poll(answers('10.20.0.21'), { timeout: 120_000 }).toBe('yes\n');
  expect(await world.drift()).toEqual([]);

  await world.novaMust(['destroy', '--yes']);
  expect(await inside('ip -o link')).not.toContain('wan0.');
});
