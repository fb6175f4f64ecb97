import type { Address } from '../../schema/manifest.ts';
import { identityOf, linkName, type Scope } from '../identity.ts';

/**
 * Name of a network's bridge: the user's own name where the kernel, `ip`, nftables and dnsmasq all take it literally,
 * else one made from the identity.
 */
export function bridgeName(scope: Scope, project: string, name: string): string {
  if (plain.test(name) && !taken.test(name)) return name;
  const address: Address = `network.${name}`;
  return linkName(identityOf(scope, project, address));
}

/**
 * At most 15 bytes (IFNAMSIZ - 1), and nothing that is syntax to one of the tools: `:` an alias, `%` a counter,
 * `*` a wildcard, `-` in front an option.
 */
const plain = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;

/** Links and sysctl folders that every host has, and the names that Nova gives in any scope. */
const taken = /^(lo|eth0|all|default|nt[0-9a-f]{8}.*|nv[0-9a-f]{12})$/;
