import { randomBytes } from 'node:crypto';

import { sh } from '../support/shell.ts';

/** The LAN at the other end of a host's only way to the world: a router at 10.9.9.1, fd00:9::1 and fe80::1. */
export interface Lan extends Disposable {
  readonly name: string;
  /** Gives wan0 back what it had at first. */
  address(): void;
  /** Everything that the host is reached by, without what comes and goes by itself. */
  ways(): readonly string[];
  /** Addresses that a link has for others. */
  addressesOf(link: string): readonly string[];
  /** Whether the host gets an answer from the LAN. */
  reaches(ip: string): boolean;
}

/** Addresses of two families, a source of its own for the default route, and a route in another table. */
const addressed = `
  ip link set wan0 down
  ip link set wan0 up
  ip addr replace 10.9.9.2/24 dev wan0
  ip addr replace 10.9.9.7/24 dev wan0
  ip addr replace fd00:9::2/64 dev wan0 nodad
  ip route replace default via 10.9.9.1 dev wan0 src 10.9.9.7 metric 100
  ip route replace 198.51.100.0/24 via 10.9.9.1 dev wan0 table 77
  ip -6 route replace default via fe80::1 dev wan0`;

/** @param host a network namespace, which gets wan0, and wan1 that leads nowhere */
export function createLan(host: string): Lan {
  const name = `nvt-${randomBytes(4).toString('hex')}`;
  const inside = (line: string): string => sh(line, host);
  sh(`ip netns add ${name}`);
  inside(`ip link add name wan0 type veth peer name lan0 netns ${name}`);
  // The other end would answer for the host's addresses.
  inside('ip link add name wan1 type veth peer name far1; ip link set far1 arp off addrgenmode none up');
  sh(
    `ip link set lo up; ip link set lan0 up; ip addr add 10.9.9.1/24 dev lan0
     ip addr add fd00:9::1/64 dev lan0 nodad; ip addr add fe80::1/64 dev lan0 nodad`,
    name,
  );
  inside(addressed);
  return {
    name,
    address: () => void inside(addressed),
    ways: () => waysOf(inside),
    addressesOf: (link) =>
      inside(`ip -o addr show dev ${link} scope global`)
        .split('\n')
        .flatMap((line) => line.split(/\s+/)[3] ?? [])
        .toSorted(),
    reaches: (ip) =>
      inside(`if busybox ping -c 1 -W 1 ${ip} >/dev/null 2>&1; then echo yes; else echo no; fi`) === 'yes\n',
    [Symbol.dispose]: () => void sh(`ip netns delete ${name}`),
  };
}

function waysOf(inside: (line: string) => string): readonly string[] {
  const printed = inside(
    'ip -o addr show; ip route show table all; ip -6 route show table all; ip -o link show type veth; ip -o link show type bridge',
  );
  return printed
    .split('\n')
    .filter((line) => !/fe80::\/| fe80::.* scope link|ff00::|anycast|^local|^broadcast/.test(line))
    .map((line) =>
      line
        .replace(/^\d+: /, '')
        .replace(/<([^>]*)>/, (_, flags: string) =>
          /\bUP\b/.test(flags.replace('LOWER_UP', '')) ? 'up' : 'down',
        )
        .replaceAll(/valid_lft .*|linkdown|@\S+|qlen \d+|qdisc \S+|state \S+/g, '')
        .replaceAll(/[,\s]+/g, ' ')
        .trim(),
    )
    .toSorted();
}
