import type { PublishedPort } from '../../../schema/container.ts';
import { singlePorts } from '../../../schema/port.ts';
import type { Rule } from './ruleset.ts';

/**
 * Rules that send what arrives at a published port to the capsule: from elsewhere (`prerouting`) and from the host
 * itself (`output`).
 */
export function portRules(ports: readonly PublishedPort[], ip: string): readonly Rule[] {
  return singlePorts(ports).flatMap((port) => {
    const expr = [
      toHost(port.address),
      toPort(port),
      { dnat: { family: 'ip', addr: ip, port: port.container } },
    ];
    return (['prerouting', 'output'] as const).map((chain) => ({ chain, expr }));
  });
}

/**
 * The same for IPv6. What is published on an address is so on an IPv4 one alone. From `::1` the kernel routes nothing to
 * another link, so that it is left out: who asks there is refused at once, and turns to 127.0.0.1.
 */
export function portRules6(ports: readonly PublishedPort[], ip: string): readonly Rule[] {
  return singlePorts(ports.filter(({ address }) => address === undefined)).flatMap((port) => {
    const expr = [
      toHost(undefined),
      toPort(port),
      { dnat: { family: 'ip6', addr: ip, port: port.container } },
    ];
    const notLoopback = {
      match: { op: '!=', left: { payload: { protocol: 'ip6', field: 'daddr' } }, right: '::1' },
    };
    return [
      { chain: 'prerouting', expr },
      { chain: 'output', expr: [notLoopback, ...expr] },
    ];
  });
}

function toHost(address: string | undefined): object {
  return address === undefined
    ? match({ fib: { result: 'type', flags: ['daddr'] } }, 'local')
    : match({ payload: { protocol: 'ip', field: 'daddr' } }, address);
}

function toPort({ protocol, host }: PublishedPort): object {
  return match({ payload: { protocol, field: 'dport' } }, host);
}

function match(left: object, right: string | number): object {
  return { match: { op: '==', left, right } };
}

/** What rules publish, as `8080->80` or `8080->80/udp`, sorted; what is no rule of {@link portRules} is left out. */
export function publishedBy(rules: readonly { readonly expr: readonly unknown[] }[]): readonly string[] {
  const found = rules.flatMap(({ expr }) => {
    const text = JSON.stringify(expr);
    const dport = /"protocol":"(tcp|udp)","field":"dport"\}\},"right":([0-9]+)/.exec(text);
    const to = /"dnat":\{[^}]*"port":([0-9]+)/.exec(text);
    const address = /"field":"daddr"\}\},"right":"([0-9.]+)"/.exec(text);
    if (dport === null || to === null) return [];
    const from = address === null ? dport[2] : `${address[1]}:${dport[2]}`;
    return [`${from}->${to[1]}${dport[1] === 'udp' ? '/udp' : ''}`];
  });
  return [...new Set(found)].toSorted();
}
