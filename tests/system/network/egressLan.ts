import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sh } from '../support/shell.ts';

/**
 * A router at the other end of an interface of the host. Each of them leads to the same world: 203.0.113.9 and 2001:db8::9, where
 * a page says by which router, and from which address, it was asked for.
 */
export interface Router extends Disposable {
  /** Of its network namespace. */
  readonly name: string;
  /** Runs a command line in it; it must work. */
  inside(line: string): string;
}

/** A member of a network that somebody has put on its bridge by hand. */
export interface Member extends Disposable {
  /** What the page of the world says; `''` when it cannot be reached. */
  asks(world: string): string;
  inside(line: string): string;
}

export const world = '203.0.113.9';
export const world6 = '[2001:db8::9]';

/**
 * @param host network namespace of the host, which gets the link, without addresses
 * @param number of the router's own networks: 10.9.NUMBER.1/24 and fe80::1
 */
export function createRouter(host: string, link: string, number: number): Router {
  const name = `nvt-${randomBytes(4).toString('hex')}`;
  const pages = mkdtempSync(join(tmpdir(), 'nova-test-'));
  mkdirSync(join(pages, 'cgi-bin'));
  const page = join(pages, 'cgi-bin', 'who');
  writeFileSync(page, `#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n%s by ${link}' "$REMOTE_ADDR"\n`);
  chmodSync(page, 0o755);
  const inside = (line: string): string => sh(line, name);
  sh(`ip netns add ${name}`);
  sh(`ip link add name ${link} type veth peer name eth0 netns ${name}; ip link set ${link} up`, host);
  inside(`
    ip link set lo up; ip link set eth0 up
    ip addr add 10.9.${number}.1/24 dev eth0; ip addr add fe80::1/64 dev eth0 nodad
    ip addr add ${world}/32 dev lo; ip addr add 2001:db8::9/128 dev lo nodad
    echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
    busybox httpd -p 0.0.0.0:80 -h ${pages}; busybox httpd -p [::]:81 -h ${pages}`);
  return {
    name,
    inside,
    [Symbol.dispose]: () => {
      sh(`for pid in $(ip netns pids ${name}); do kill -9 $pid; done; ip netns delete ${name}`);
      rmSync(pages, { recursive: true });
    },
  };
}

/** @param ip its address on the bridge; the host is at the first one of the subnet */
export function createMember(host: string, bridge: string, ip: string, ip6?: string): Member {
  const name = `nvt-${randomBytes(4).toString('hex')}`;
  const inside = (line: string): string => sh(line, name);
  const first = (address: string) => address.replace(/[0-9a-f]+$/, '1');
  sh(`ip netns add ${name}`);
  sh(
    `ip link add name m-${bridge} type veth peer name eth0 netns ${name}; ip link set m-${bridge} master ${bridge} up`,
    host,
  );
  inside(
    `ip link set lo up; ip link set eth0 up; ip addr add ${ip}/24 dev eth0; ip route add default via ${first(ip)}`,
  );
  if (ip6 !== undefined)
    inside(`ip addr add ${ip6}/64 dev eth0 nodad; ip -6 route add default via ${first(ip6)}`);
  return {
    inside,
    asks: (to) => inside(`curl -s -g --max-time 2 'http://${to}/cgi-bin/who' || true`),
    [Symbol.dispose]: () =>
      void sh(`for pid in $(ip netns pids ${name}); do kill -9 $pid; done; ip netns delete ${name}`),
  };
}
