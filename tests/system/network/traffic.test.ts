import { randomBytes } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';

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

/** Members at 192.168.77.9 and .8 on the bridge, and a stranger at 10.9.9.9 who knows the way to them. */
describe('traffic of a network', () => {
  let lab: Lab;
  const member = `nvt-${randomBytes(4).toString('hex')}`;
  const neighbour = `nvt-${randomBytes(4).toString('hex')}`;
  const stranger = `nvt-${randomBytes(4).toString('hex')}`;

  beforeEach(() => {
    lab = createLab();
    for (const name of [member, neighbour, stranger]) sh(`ip netns add ${name}`);
    lab.inside(`ip link add name wan0 type veth peer name eth0 netns ${stranger}`);
    lab.inside('ip addr add 10.9.9.1/24 dev wan0; ip link set wan0 up');
    from(stranger, 'ip addr add 10.9.9.9/24 dev eth0; ip link set lo up; ip link set eth0 up');
    from(stranger, 'ip route add 192.168.77.0/24 via 10.9.9.1');
  });
  afterEach(async () => {
    for (const name of [member, neighbour, stranger]) sh(`ip netns delete ${name}`);
    await lab[Symbol.asyncDispose]();
  });

  const join = (name = member, host = 9) => {
    lab.inside(`ip link add name member${host} type veth peer name eth0 netns ${name}`);
    lab.inside(`ip link set member${host} master lan; ip link set member${host} up`);
    from(name, `ip link set lo up; ip link set eth0 up; ip addr add 192.168.77.${host}/24 dev eth0`);
    from(name, 'ip route add default via 192.168.77.1');
    // The kernel tells the bridge of a new port's carrier in its own time.
    from(
      name,
      'for attempt in $(seq 50); do busybox ping -c 1 -W 1 192.168.77.1 >/dev/null && exit 0; done; exit 1',
    );
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

  it('comes into a nat network through a published port, and a member gets its answer from there as well', async () => {
    await lab.apply(nat);
    join();
    join(neighbour, 8);
    const { table } = lab.place;
    lab.inside(
      `nft 'add rule inet ${table} prerouting ip daddr 10.9.9.1 tcp dport 8080 dnat ip to 192.168.77.9:80'`,
    );
    // Where the kernel filters what a bridge switches, translation happens there as well, with or without Nova.
    lab.inside('f=/proc/sys/net/bridge/bridge-nf-call-iptables; if [ -e $f ]; then echo 0 > $f; fi');
    using _server = listen(member);
    expect(connects(stranger, '192.168.77.9', 80)).toBe(false);
    expect(connects(stranger, '10.9.9.1', 8080)).toBe(true);
    expect(connects(neighbour, '10.9.9.1', 8080)).toBe(true);
    expect(connects(member, '10.9.9.1', 8080)).toBe(true);
    lab.inside(`nft flush chain inet ${table} postrouting`);
    expect(connects(neighbour, '10.9.9.1', 8080)).toBe(false);
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

function connects(name: string, ip: string, port: number): boolean {
  return (
    from(name, `busybox nc -w 2 ${ip} ${port} </dev/null >/dev/null 2>&1 && echo yes || echo no`) === 'yes\n'
  );
}

/** Answers on port 80 until it is disposed of. */
function listen(name: string): Disposable {
  const argv = [`--net=/run/netns/${name}`, 'busybox', 'httpd', '-f', '-p', '80', '-h', '/proc/self/task'];
  const server = spawn('nsenter', argv, { stdio: 'ignore' });
  from(
    name,
    'for attempt in $(seq 50); do busybox nc -w 1 192.168.77.9 80 </dev/null && exit 0; sleep 0.1; done; exit 1',
  );
  return { [Symbol.dispose]: () => server.kill('SIGKILL') };
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
