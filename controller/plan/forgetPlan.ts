import { NovaError } from '../../schema/errors.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';
import { registry } from '../../reconcilers/registry.ts';
import { fingerprint, hashOf } from './hash.ts';
import { seenOf } from './lastSeen.ts';
import { type Plan, type PlannedResource, summarize } from './plan.ts';
import type { Survey } from './survey.ts';

/**
 * Pure: the plan that gives up resources, declared or not: the marks go, all else stays.
 * @throws NovaError `reference.missing` when there is nothing of one, `host.unknown` when it cannot be read
 */
export function forgetPlan(manifest: Manifest, survey: Survey, addresses: readonly Address[]): Plan {
  const resources = addresses.map((address) => planOne(address, survey));
  return {
    project: manifest.project,
    resources,
    intruders: [],
    summary: summarize(resources),
    hash: hashOf([manifest.project, resources.map((each) => [each.address, each.fingerprint, each.steps])]),
  };
}

function planOne(address: Address, { wanted, strays }: Survey): PlannedResource {
  const observation = wanted.get(address);
  if (observation?.status === 'unknown')
    throw new NovaError('host.unknown', `${address} cannot be read: ${observation.why}`);
  if (observation?.status === 'foreign') throw nothing(address, `${observation.why}: it is not Nova's`);
  const stray = strays.get(address);
  const kind = address.slice(0, address.indexOf('.')) as PlannedResource['kind'];
  const seen = seenOf(observation) ?? stray?.seen;
  if (seen === undefined || observation?.status === 'absent')
    throw nothing(address, 'there is nothing of it on this host');
  return {
    address,
    kind,
    action: 'forget',
    steps: registry[kind].forget(seen),
    waitsFor: [],
    spec: undefined,
    outputs: {},
    unknownOutputs: [],
    drift: undefined,
    problems: [],
    fingerprint: fingerprint(seen),
  };
}

function nothing(address: Address, why: string): NovaError {
  return new NovaError('reference.missing', `${address} cannot be forgotten: ${why}`, {
    hint: '`nova ls` shows what there is',
  });
}
