import type { ContainerDraft, Draft, VmDraft } from './draft.ts';
import type { Address } from './manifest.ts';
import { whyNoAddress } from './outputs.ts';
import { singlePorts, type PublishedPort } from './port.ts';
import type { Path, Problem } from './problem.ts';

/** Ports of the host that are published twice, and what needs an address where there is none. */
export function checkPorts(drafts: ReadonlyMap<Address, Draft>): readonly Problem[] {
  const containers = [...drafts.values()].filter((draft) => draft.kind === 'container');
  const vms = [...drafts.values()].filter((draft) => draft.kind === 'vm');
  return [
    ...checkConflicts([...drafts.values()].flatMap(publishedBy)),
    ...containers.flatMap((draft) => checkReachable(draft, drafts)),
    ...vms.flatMap((draft) => checkProbe(draft, drafts)),
  ];
}

interface Published {
  readonly owner: Address;
  readonly port: PublishedPort;
  readonly path: Path;
}

function publishedBy(draft: Draft): readonly Published[] {
  const { kind, name, address: owner, spec } = draft;
  if (kind === 'container')
    return spec.ports.map((port, index) => ({ owner, port, path: [kind, name, 'ports', index] }));
  if (kind === 'network') {
    return (spec.forwards ?? []).map(({ to: _, port: container, ...forward }, index) => {
      return { owner, port: { ...forward, container }, path: [kind, name, 'forwards', index] };
    });
  }
  if (kind !== 'vm' || typeof spec.vnc !== 'object') return [];
  const { address, port: host } = spec.vnc;
  const port = {
    ...(address === '0.0.0.0' ? {} : { address }),
    host,
    container: host,
    protocol: 'tcp' as const,
  };
  return [{ owner, port, path: [kind, name, 'vnc'] }];
}

/** Of two ranges that meet, the first port that they share is told. */
function checkConflicts(published: readonly Published[]): readonly Problem[] {
  const single = published.flatMap(({ port, ...rest }) =>
    singlePorts([port]).map((one): Published => ({ ...rest, port: one })),
  );
  const groups = Map.groupBy(single, ({ port }) => `${port.host}/${port.protocol}`);
  const told = new Set<string>();
  return [...groups.values()].flatMap(conflictsIn).filter(({ path, elsewhere }) => {
    const pair = JSON.stringify([path, elsewhere]);
    return !told.has(pair) && told.add(pair);
  });
}

/** Within one port and protocol: an address is taken once, and "all addresses" goes with no other. */
function conflictsIn(group: readonly Published[]): readonly Problem[] {
  const byAddress = new Map<string | undefined, Published>();
  const problems: Problem[] = [];
  for (const published of group) {
    const { address } = published.port;
    const other =
      byAddress.get(address) ??
      byAddress.get(undefined) ??
      (address === undefined ? byAddress.values().next().value : undefined);
    if (other === undefined) byAddress.set(address, published);
    else problems.push(conflict(published, other));
  }
  return problems;
}

function conflict({ port, path }: Published, other: Published): Problem {
  return {
    code: 'port.conflict',
    message: `port ${port.host}/${port.protocol} of the host is published by ${other.owner} already`,
    hint:
      path[2] === 'ports'
        ? 'take another port of the host: the number before the colon'
        : 'take another port of the host',
    path,
    elsewhere: other.path,
  };
}

function checkReachable(draft: ContainerDraft, drafts: ReadonlyMap<Address, Draft>): readonly Problem[] {
  const { ports, health, services } = draft.spec;
  const why = whyNoAddress(draft, drafts);
  if (why === undefined) return [];
  const needs = (what: string, key: string): Problem => {
    const message = `${what} an address, and ${why.message}`;
    return { code: 'schema.missing', message, hint: why.hint, path: ['container', draft.name, key] };
  };
  return [
    ...(ports.length === 0 ? [] : [needs('published ports need', 'ports')]),
    ...(services === undefined || draft.broken.has('services') ? [] : [needs('services need', 'services')]),
    ...(health?.http === undefined && health?.tcp === undefined
      ? []
      : [needs('this health check needs', 'health')]),
  ];
}

function checkProbe(draft: VmDraft, drafts: ReadonlyMap<Address, Draft>): readonly Problem[] {
  const { probe, services } = draft.spec;
  const asked = probe?.http !== undefined || probe?.tcp !== undefined;
  if (!asked && services === undefined) return [];
  const why = whyNoAddress(draft, drafts);
  if (why === undefined) return [];
  const needs = (what: string, key: string): Problem => {
    const message = `${what} an address, and ${why.message}`;
    return { code: 'schema.missing', message, hint: why.hint, path: ['vm', draft.name, key] };
  };
  return [
    ...(asked ? [needs('this probe needs', 'probe')] : []),
    ...(services === undefined || draft.broken.has('services') ? [] : [needs('services need', 'services')]),
  ];
}
