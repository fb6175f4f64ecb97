import { formatNetwork, parseSubnet } from './cidr.ts';
import type { Draft, NetworkDraft } from './draft.ts';
import type { Problem } from './problem.ts';

/** What is allowed, and is probably not meant. */
export function warningsFor(drafts: readonly Draft[]): readonly Problem[] {
  return drafts.flatMap((draft) => {
    if (draft.kind === 'network') return [...notPrivate(draft), ...multicastDomain(draft)];
    const { health } = draft.kind === 'container' ? draft.spec : {};
    if (health === undefined || health.timeout <= health.deadline) return [];
    return [
      {
        code: 'schema.value',
        message: `health gives up after ${health.deadline} s, before the timeout of one attempt (${health.timeout} s)`,
        hint: 'make deadline longer than timeout',
        path: ['container', draft.name, 'health'],
      },
    ];
  });
}

function notPrivate({ name, spec }: NetworkDraft): readonly Problem[] {
  const subnet = parseSubnet(spec.subnet ?? '');
  if (
    subnet === undefined ||
    privateRanges.some(([from, to]) => subnet.network >= from && subnet.broadcast <= to)
  )
    return [];
  return [
    {
      code: 'schema.value',
      message: `${formatNetwork(subnet)} is not private: whoever has these addresses on the internet cannot be reached`,
      hint: 'private ones are in 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16',
      path: ['network', name, 'subnet'],
    },
  ];
}

/** RFC 1918, and RFC 6598 for carriers' networks. */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].flatMap((text) => {
  const range = parseSubnet(text);
  return range === undefined ? [] : [[range.network, range.broadcast] as const];
});

function multicastDomain({ name, spec }: NetworkDraft): readonly Problem[] {
  if (!/(?:^|\.)local$/i.test(spec.domain)) return [];
  return [
    {
      code: 'schema.value',
      message:
        'names in .local are asked for by multicast (RFC 6762), and many programs do not find them in DNS',
      hint: `take another domain, as "${name}.internal"`,
      path: ['network', name, 'domain'],
    },
  ];
}
