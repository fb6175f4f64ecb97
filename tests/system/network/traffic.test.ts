import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NetworkSpec } from '../../../schema/network.ts';
import { createLab, type Lab } from './lab.ts';

const nat: NetworkSpec = {
  type: 'bridge',
  profile: 'nat',
  subnet: '192.168.77.1/24',
  dhcp_range: '192.168.77.100-192.168.77.150',
  dns: true,
  domain: 'lan.internal',
  mtu: 1500,
};
const internal: NetworkSpec = { ...nat, profile: 'internal' };

/** A member at 192.168.77.9 on the bridge, and a stranger at 10.9.9.9 who knows the way to the members. */
describe('traffic of a network', () => {
  let lab: Lab;
  const member = `nvt-${randomBytes(4).toString('hex')}`;
  const stranger = `nvt-${randomBytes(4).toString('hex')}`;

  beforeEach(() => {
    lab = createLab();
    for (const name of [member, stranger]) sh(`ip netns add ${name}`);
    lab.inside(`ip link add name wan0 type veth peer name eth0 netns ${stranger}`);
    lab.inside('ip addr add 10.9.9.1/24 dev wan0; ip link set wan0 up');
    from(stranger, 'ip addr add 10.9.9.9/24 dev eth0; ip link set lo up; ip link set eth0 up');
    from(stranger, 'ip route add 192.168.77.0/24 via 10.9.9.1');
  });
  afterEach(async () => {
    for (const name of [member, stranger]) sh(`ip netns delete ${name}`);
    await lab[Symbol.asyncDispose]();
  });

  const join = () => {
    lab.inside(`ip link add name member0 type veth peer name eth0 netns ${member}`);
    lab.inside('ip link set member0 master lan; ip link set member0 up');
    from(member, 'ip link set lo up; ip link set eth0 up; ip addr add 192.168.77.9/24 dev eth0');
    from(member, 'ip route add default via 192.168.77.1');
  };

  it('leaves a nat network behind the address of the host, and does not come in', async () => {
    await lab.apply(nat);
    join();
    expect(reaches(member, '192.168.77.1')).toBe(true);
    expect(reaches(member, '10.9.9.9')).toBe(true);
    expect(reaches(stranger, '192.168.77.9')).toBe(false);
    lab.inside(`nft flush chain inet ${lab.place.table} postrouting`);
    from(stranger, 'ip route delete 192.168.77.0/24');
    expect(reaches(member, '10.9.9.9')).toBe(false);
  });

  it('comes into a nat network through what is published, even from its own member', async () => {
    await lab.apply(nat);
    join();
    const { table } = lab.place;
    lab.inside(
      `nft 'add rule inet ${table} prerouting ip daddr 10.9.9.1 icmp type echo-request dnat ip to 192.168.77.9'`,
    );
    expect(reaches(stranger, '10.9.9.1')).toBe(true);
    expect(reaches(member, '10.9.9.1')).toBe(true);
    lab.inside('ip link set member0 down');
    expect(reaches(stranger, '10.9.9.1')).toBe(false);
  });

  it('stays within an internal network', async () => {
    await lab.apply(internal);
    join();
    lab.inside('echo 1 > /proc/sys/net/ipv4/ip_forward');
    expect(reaches(member, '192.168.77.1')).toBe(true);
    expect(reaches(member, '10.9.9.9')).toBe(false);
    expect(reaches(stranger, '192.168.77.9')).toBe(false);
    lab.inside('nft flush ruleset');
    expect(reaches(stranger, '192.168.77.9')).toBe(true);
  });

  it.each([
    {
      what: 'a router and a DNS server on a nat network',
      spec: nat,
      said: 'router=192.168.77.1 dns=192.168.77.1',
    },
    { what: 'no router on an internal one', spec: internal, said: 'router= dns=192.168.77.1' },
  ])('gets a lease with $what, after the bridge was made again as well', async ({ spec, said }) => {
    await lab.apply(spec);
    lab.inside('ip link delete lan');
    await lab.apply(spec);
    join();
    const script = `${lab.scope.data}/udhcpc.sh`;
    sh(`printf '#!/bin/sh\\necho "$1 $ip router=$router dns=$dns"\\n' > ${script}; chmod 755 ${script}`);
    const lease = from(
      member,
      `timeout 30 busybox udhcpc -f -q -n -T 4 -t 3 -i eth0 -s ${script} </dev/null 2>&1`,
    );
    expect(lease).toMatch(new RegExp(`bound 192\\.168\\.77\\.1\\d\\d ${said}`));
  });
});

function reaches(name: string, ip: string): boolean {
  return from(name, `busybox ping -c 1 -W 1 ${ip} >/dev/null 2>&1 && echo yes || echo no`) === 'yes\n';
}

function from(name: string, line: string): string {
  return sh(line, 'nsenter', `--net=/run/netns/${name}`);
}

function sh(line: string, ...enter: readonly string[]): string {
  const [command, ...args] = [...enter, 'sh', '-ec', line];
  const { status, stdout, stderr } = spawnSync(command ?? 'sh', args, { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${line} ended with ${status}: ${stderr}`);
  return stdout;
}
