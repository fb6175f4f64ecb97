import { formatNetwork, parseSubnet } from './cidr.ts';
import type { ContainerDraft, Draft, NetworkDraft, VmDraft } from './draft.ts';
import type { Problem } from './problem.ts';
import { isSensitive } from './sensitive.ts';

/** What is allowed, and is probably not meant. */
export function warningsFor(drafts: readonly Draft[]): readonly Problem[] {
  return drafts.flatMap((draft) => {
    if (draft.kind === 'network') return [...notPrivate(draft), ...multicastDomain(draft)];
    if (draft.kind === 'vm') return unservedVm(draft, drafts);
    if (draft.kind === 'container') return [...written(draft), ...impatient(draft)];
    return [];
  });
}

/** Treated as secrets, and yet whoever reads the file, or its history, knows them. */
function written({ name, spec }: ContainerDraft): readonly Problem[] {
  return Object.entries(spec.env).flatMap(([variable, value]) => {
    if (!isSensitive(value) || !value.written) return [];
    const own = variable.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    return [
      {
        code: 'schema.value' as const,
        message: `the value of ${variable} stands in the file, for everybody who reads it`,
        hint: `nova secret set ${own}, then ${variable} = { secret = "${own}" }`,
        path: ['container', name, 'env', variable],
        on: 'key' as const,
      },
    ];
  });
}

function impatient({ name, spec: { health } }: ContainerDraft): readonly Problem[] {
  if (health === undefined || health.timeout <= health.deadline) return [];
  return [
    {
      code: 'schema.value',
      message: `health gives up after ${health.deadline} s, before the timeout of one attempt (${health.timeout} s)`,
      hint: 'make deadline longer than timeout',
      path: ['container', name, 'health'],
    },
  ];
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

/** A machine is told its address by DHCP, which a network has as soon as it has a dnsmasq. */
function unservedVm({ name, spec }: VmDraft, drafts: readonly Draft[]): readonly Problem[] {
  const network = drafts.find((draft) => draft.kind === 'network' && draft.name === spec.network?.name);
  if (network?.kind !== 'network' || network.spec.subnet === undefined) return [];
  if (network.spec.dns || network.spec.dhcp_range !== undefined) return [];
  const shared = network.spec.type === 'macvlan';
  // Who asks for none is told one by the LAN.
  if (shared && spec.network?.ip === undefined) return [];
  const kept = 'let the DHCP server of the LAN keep it for its MAC address, or set it within the machine';
  return [
    {
      code: 'network.address',
      message: `nobody tells vm.${name} its address: ${network.address} has neither DNS nor DHCP`,
      hint: shared
        ? kept
        : `leave out dns = false in [${network.address}], add a dhcp_range, or set the address within the machine`,
      path: ['vm', name, 'network'],
    },
  ];
}
