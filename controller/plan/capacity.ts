import type { Issue } from '../../schema/errors.ts';
import { defaultLimits, type HostLimits } from '../../schema/hostLimits.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import type { Capacity } from '../../reconcilers/host/view.ts';
import { registry } from '../../reconcilers/registry.ts';
import type { PlannedResource } from './plan.ts';
import type { Survey } from './survey.ts';

type Planned = Pick<PlannedResource, 'address' | 'action' | 'steps' | 'problems'>;

/** What is declared, as it is planned; what would run and does not fit on the host is left as it is. */
export function withinCapacity<P extends Planned>(
  planned: readonly P[],
  manifest: Manifest,
  { capacity, wanted, strays, replaced }: Survey,
): readonly P[] {
  if (capacity === undefined) return planned;
  const possible = new Set(
    planned.filter(({ problems }) => problems.length === 0).map(({ address }) => address),
  );
  const candidates = manifest.resources
    .filter(({ address }) => possible.has(address))
    .map((resource) => {
      const observation = wanted.get(resource.address);
      return {
        address: resource.address,
        resource,
        seen: observation && 'seen' in observation ? observation.seen : undefined,
      };
    });
  const declared = new Map(manifest.resources.map((resource) => [resource.address, resource]));
  // What runs until another one takes its place is taken to be as large as that.
  const others = [...(replaced ?? [])].flatMap(([address, by]) => {
    const resource = declared.get(by);
    return resource === undefined ? [] : [{ address, resource, seen: strays.get(address)?.seen }];
  });
  const without = overfull([...candidates, ...others.filter(isOn)], manifest, capacity);
  return planned.map((resource) => {
    const problem = without.get(resource.address);
    return problem === undefined
      ? resource
      : { ...resource, action: 'no-op', steps: [], problems: [problem] };
  });
}

/** What is looked at of each resource. */
interface Candidate {
  readonly address: Address;
  readonly resource: Resource;
  readonly seen: unknown;
}

/**
 * Pure: resources that would run and no longer fit on the host. What runs already counts first and stays; of the others
 * each takes its part in the order of the addresses, as long as there is one. What is stopped takes nothing.
 * @param candidates without those that cannot be made anyway
 */
export function overfull(
  candidates: readonly Candidate[],
  { limits = defaultLimits }: Pick<Manifest, 'limits'>,
  capacity: Capacity,
): ReadonlyMap<Address, Issue> {
  const room = roomOf(capacity, limits);
  const asked = candidates.map((candidate) => ({ ...candidate, needs: needsOf(candidate.resource) }));
  const [on, off] = [asked.filter(isOn), asked.filter((candidate) => !isOn(candidate))];
  let used = on.reduce((sum, { needs }) => add(sum, needs), { cpu: 0, memory: 0 });
  const problems = new Map<Address, Issue>();
  for (const { address, resource, needs } of off) {
    const key = (['memory', 'cpu'] as const).find(
      (name) => needs[name] > 0 && used[name] + needs[name] > room[name],
    );
    if (key === undefined) used = add(used, needs);
    else
      problems.set(address, problem(resource, key, needs[key], { room: room[key], used: used[key], limits }));
  }
  return problems;
}

interface Needs {
  readonly cpu: number;
  /** bytes */
  readonly memory: number;
}

function needsOf({ kind, spec }: Resource): Needs {
  if ('state' in spec && spec.state === 'stopped') return { cpu: 0, memory: 0 };
  if (kind === 'vm') {
    const { cpu, memory } = spec as Resource<'vm'>['spec'];
    return { cpu, memory };
  }
  if (kind !== 'container') return { cpu: 0, memory: 0 };
  const { limits } = spec as Resource<'container'>['spec'];
  return { cpu: limits.cpu ?? 0, memory: limits.memory ?? 0 };
}

function isOn({ resource, seen }: Candidate): boolean {
  return seen !== undefined && registry[resource.kind].power?.(seen) === 'on';
}

function roomOf({ cpus, memory }: Capacity, { overcommit }: HostLimits): Needs {
  return { cpu: cpus * overcommit.cpu, memory: memory * overcommit.memory };
}

function add(one: Needs, other: Needs): Needs {
  return { cpu: one.cpu + other.cpu, memory: one.memory + other.memory };
}

function problem(
  { address, at, kind }: Resource,
  key: keyof Needs,
  needed: number,
  { room, used, limits }: { readonly room: number; readonly used: number; readonly limits: HostLimits },
): Issue {
  const factor = limits.overcommit[key];
  const left = Math.max(0, room - used);
  const amount = (value: number) =>
    key === 'memory' ? mebibytes(value) : String(Math.round(value * 100) / 100);
  const unit = key === 'memory' ? 'of memory' : 'processors';
  const whole = factor === 1 ? 'what the host has' : `${factor} times what the host has`;
  const name = kind === 'container' ? `limits.${key}` : key;
  return {
    code: 'host.capacity',
    message: `${address} needs ${amount(needed)} ${unit}, and ${amount(left)} of ${amount(room)} are left: ${whole}`,
    hint: `lower \`${name}\`, stop another one, or promise more than there is: [limits] overcommit = { ${key} = ${factor * 2} }`,
    at,
    about: { resource: address, path: name.split('.') },
  };
}

/** Rounded down: what is left is never told as more than it is. */
function mebibytes(bytes: number): string {
  const whole = Math.floor(bytes / 2 ** 20);
  return whole >= 10_240 ? `${Math.floor(whole / 102.4) / 10}Gi` : `${whole}Mi`;
}
