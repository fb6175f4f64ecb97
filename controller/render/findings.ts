import type { Issue } from '../../schema/errors.ts';
import type { Address, Resource } from '../../schema/manifest.ts';
import type { Pointing } from '../../schema/pointing.ts';
import { effectOf } from '../plan/changes.ts';
import type { DriftItem } from '../plan/drift.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import { headingOf, show } from './planText.ts';

/** Something to be told of at a place, in the formats that other tools read. */
export interface Finding extends Omit<Issue, 'code'> {
  /** An error code, or `drift.changed`, `plan.create` and the like. */
  readonly rule: string;
  /** `note`: nothing is wrong, but somebody may want to know. */
  readonly level: 'error' | 'warning' | 'note';
  /** The resource that it is about. */
  readonly subject?: Address;
}

/** Where things are declared: a manifest. */
interface Declared {
  readonly resources: readonly Pick<Resource, 'address' | 'at'>[];
}

export function findingsFrom(
  issues: readonly Issue[],
  level: Finding['level'],
  subject?: Address,
): readonly Finding[] {
  return issues.map(({ code, ...issue }) => ({
    ...issue,
    rule: code,
    level,
    ...(subject === undefined ? {} : { subject }),
  }));
}

/** Each difference, at the first of its fields that the NovaFile has, or the table of its resource. */
export async function driftFindings(
  items: readonly DriftItem[],
  manifest: Declared,
  pointing: Pointing = async (told) => told,
): Promise<readonly Finding[]> {
  const places = placesIn(manifest);
  const findings = items.map((item): Finding => {
    const fields = item.fields.map(
      ({ path, desired, actual }) => `${path} is ${show(actual, path)}, should be ${show(desired, path)}`,
    );
    const said = fields.length > 0 ? fields : [...new Set(item.reasons)];
    const at = places.get(item.address);
    return {
      rule: `drift.${item.class}`,
      level: 'warning',
      message: `${item.address}: ${said.join('; ')}`,
      hint: '`nova apply` makes the host as the NovaFile says',
      subject: item.address,
      ...(at === undefined ? {} : { at }),
      about: { resource: item.address, path: item.fields[0]?.path.split('.') ?? [] },
    };
  });
  return pointing(findings);
}

/** Each change at the table of its resource, a warning where something that runs is disturbed; and each problem. */
export function planFindings(plan: Plan, manifest: Declared): readonly Finding[] {
  const places = placesIn(manifest);
  return plan.resources.flatMap((resource) => [
    ...findingsFrom(resource.problems, 'error', resource.address),
    ...changeFinding(resource, places.get(resource.address)),
  ]);
}

function changeFinding(resource: PlannedResource, at: Issue['at']): readonly Finding[] {
  const { address, action, steps } = resource;
  const effect = effectOf(resource);
  if (effect === undefined) return [];
  const reasons = [...new Set(steps.map(({ reason }) => reason))].join('; ');
  return [
    {
      rule: `plan.${action}`,
      level: effect === 'live' ? 'note' : 'warning',
      message: `${address} ${headingOf(resource)}: ${reasons}`,
      subject: address,
      ...(at === undefined ? {} : { at }),
    },
  ];
}

function placesIn({ resources }: Declared): ReadonlyMap<Address, Issue['at']> {
  return new Map(resources.map(({ address, at }) => [address, at]));
}
