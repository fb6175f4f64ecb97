import type { Resource } from '../../schema/manifest.ts';
import { singlePorts } from '../../schema/port.ts';
import { rulesDiffer } from '../network/rules/ruleset.ts';
import type { Dependencies } from '../reconciler.ts';
import { type DesiredNetwork, desiredNetwork, desiredRecords, desiredRules } from './desired.ts';
import { type Change, diffAddress, field, one } from './diffAddress.ts';
import { diffNics } from './diffNics.ts';
import { portWords } from './fields.ts';
import { isElsewhere, macvlanChanges } from './macvlan.ts';
import { publishedBy } from '../network/rules/portRules.ts';
import type { ContainerSeen } from './seen.ts';
import { type ContainerStep, step } from './step.ts';

/** Pure: everything between a capsule and its network; all of it is live. */
export function diffNetwork(
  resource: Resource<'container'>,
  seen: ContainerSeen,
  deps: Dependencies,
): readonly ContainerStep[] {
  const desired = desiredNetwork(seen, resource, deps);
  return [
    ...diffNamespace(seen),
    ...diffLink(desired, seen),
    ...diffAddress(desired, desired !== undefined && isApart(desired, seen) ? withoutLink(seen) : seen),
    ...diffNics(resource, seen, deps),
    ...diffRecord(desiredRecords(seen, resource, deps), seen),
    ...diffPorts(resource, seen, deps),
  ];
}

function diffNamespace(seen: ContainerSeen): readonly ContainerStep[] {
  const missing = [{ path: 'namespace', before: undefined, after: 'there' }];
  if (seen.process === undefined) {
    return seen.named ? [] : [step('namespace', 'its network namespace is gone', missing)];
  }
  if (seen.attached) return [];
  const lost = 'its network namespace has lost its name';
  if (!seen.named) return [step('namespace.attach', lost, missing)];
  const other = [{ path: 'namespace', before: 'another one', after: "the capsule's own" }];
  return [step('namespace.attach', 'the name of its network namespace is on another one', other)];
}

/** It needs a link that it has not got, with everything that goes with a link. */
function isApart(desired: DesiredNetwork, seen: ContainerSeen): boolean {
  if (desired.macvlan === true) return isElsewhere(desired, seen);
  return seen.link === undefined || seen.inside?.linked === false;
}

function withoutLink({ inside, ...seen }: ContainerSeen): ContainerSeen {
  const none = { linked: false, addresses: [], addresses6: [], gateway: undefined, gateway6: undefined };
  return {
    ...seen,
    ...{ link: undefined, given: undefined, given6: undefined },
    inside: inside && { ...inside, ...none, prefixes: {} },
  };
}

function diffLink(desired: DesiredNetwork | undefined, seen: ContainerSeen): readonly ContainerStep[] {
  const { link, macvlan } = seen;
  const current = link?.master ?? macvlan?.over;
  if (desired === undefined) {
    if (link === undefined && macvlan === undefined) return [];
    return [step('link', 'it is connected', [{ path: 'network', before: current, after: undefined }])];
  }
  if (isApart(desired, seen)) {
    const reason = current === undefined ? 'it is not connected' : `it is on ${current}`;
    return [step('link', reason, [{ path: 'network', before: current, after: desired.bridge }])];
  }
  if (desired.macvlan === true) return mended(desired, seen);
  return link === undefined ? [] : placed(desired, link);
}

/** One that lies over the right link of the host's. */
function mended(desired: DesiredNetwork, seen: ContainerSeen): readonly ContainerStep[] {
  const [first, ...rest] = macvlanChanges(desired, seen);
  if (first !== undefined) {
    const what = first.path === 'link' ? 'its link' : `the ${first.path} of its link`;
    return [step('link', `${what} is ${first.before}`, [first, ...rest])];
  }
  return seen.macvlan?.noted === false ? [step('link', 'it is noted otherwise what its link lies over')] : [];
}

function placed(desired: DesiredNetwork, link: NonNullable<ContainerSeen['link']>): readonly ContainerStep[] {
  const master =
    link.master !== undefined && desired.bridges.includes(link.master) ? desired.bridge : link.master;
  const changes = [
    ...field('network', link.up ? master : `${master ?? 'no bridge'}, down`, desired.bridge),
    ...field('mtu', link.mtu, desired.mtu),
    ...field('hairpin', link.hairpin ? 'on' : 'off', desired.hairpin ? 'on' : 'off'),
  ];
  return changes.length === 0 ? [] : [step('link', linkReason(changes), changes)];
}

function diffRecord(wanted: ContainerSeen['records'], { records }: ContainerSeen): readonly ContainerStep[] {
  const found = records.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const [before, after] = [found, wanted].map((each) => one(each.map(({ text }) => text.trim())));
  const placed = found.every(({ path }, index) => path === wanted[index]?.path);
  if (before === after && placed) return [];
  const known = before === undefined ? 'its name is not known' : 'its name is known otherwise';
  return [step('record', known, [{ path: 'dns', before, after }])];
}

function diffPorts(
  resource: Resource<'container'>,
  seen: ContainerSeen,
  deps: Dependencies,
): readonly ContainerStep[] {
  const rules = desiredRules(resource, deps);
  if (!rulesDiffer(seen.rules, rules)) return [];
  const published = publishedBy(seen.rules.rules);
  const before = published.length === 0 ? undefined : published;
  const wanted = singlePorts(resource.spec.ports);
  const after = wanted.length === 0 ? undefined : wanted.map(portWords).toSorted();
  const reason = before === undefined ? 'its ports are not published' : 'its ports are published otherwise';
  // What stands in them may be what the container was called before.
  const same = before?.join() === after?.join();
  return [step('ports', reason, same ? [] : [{ path: 'ports', before, after }])];
}

function linkReason([first]: readonly Change[]): string {
  if (first?.path === 'network') return `it is on ${first.before ?? 'no bridge'}`;
  return `the ${first?.path} of its link is ${first?.before}`;
}
