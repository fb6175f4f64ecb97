import type { ContainerDraft, Draft, VmDraft } from './draft.ts';
import type { Address } from './manifest.ts';
import { whyNoAddress } from './outputs.ts';
import type { PublishedPort } from './port.ts';
import type { Path, Problem } from './problem.ts';

/** Ports of the host that are published twice, and what needs an address where there is none. */
export function checkPorts(drafts: ReadonlyMap<Address, Draft>): readonly Problem[] {
  const containers = [...drafts.values()].filter((draft) => draft.kind === 'container');
  const vms = [...drafts.values()].filter((draft) => draft.kind === 'vm');
  return [
    ...checkConflicts(containers),
    ...containers.flatMap((draft) => checkReachable(draft, drafts)),
    ...vms.flatMap((draft) => checkProbe(draft, drafts)),
  ];
}

interface Published {
  readonly owner: Address;
  readonly port: PublishedPort;
  readonly path: Path;
}

function checkConflicts(containers: readonly ContainerDraft[]): readonly Problem[] {
  const published = containers.flatMap(({ name, address, spec }) =>
    spec.ports.map((port, index): Published => ({
      owner: address,
      port,
      path: ['container', name, 'ports', index],
    })),
  );
  const groups = Map.groupBy(published, ({ port }) => `${port.host}/${port.protocol}`);
  return [...groups.values()].flatMap(conflictsIn);
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
    hint: 'take another port of the host: the number before the colon',
    path,
    elsewhere: other.path,
  };
}

function checkReachable(draft: ContainerDraft, drafts: ReadonlyMap<Address, Draft>): readonly Problem[] {
  const { ports, health } = draft.spec;
  const why = whyNoAddress(draft, drafts);
  if (why === undefined) return [];
  const needs = (what: string, key: string): Problem => {
    const message = `${what} an address, and ${why.message}`;
    return { code: 'schema.missing', message, hint: why.hint, path: ['container', draft.name, key] };
  };
  return [
    ...(ports.length === 0 ? [] : [needs('published ports need', 'ports')]),
    ...(health?.http === undefined && health?.tcp === undefined
      ? []
      : [needs('this health check needs', 'health')]),
  ];
}

function checkProbe(draft: VmDraft, drafts: ReadonlyMap<Address, Draft>): readonly Problem[] {
  const { probe } = draft.spec;
  if (probe?.http === undefined && probe?.tcp === undefined) return [];
  const why = whyNoAddress(draft, drafts);
  if (why === undefined) return [];
  const message = `this probe needs an address, and ${why.message}`;
  return [{ code: 'schema.missing', message, hint: why.hint, path: ['vm', draft.name, 'probe'] }];
}
