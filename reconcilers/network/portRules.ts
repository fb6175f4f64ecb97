import type { PublishedPort } from '../../schema/container.ts';
import { singlePorts } from '../../schema/port.ts';
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
