import type { Issue } from '../../schema/errors.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';
import type { Pointing } from '../../schema/pointing.ts';
import type { DriftItem } from '../plan/drift.ts';
import { show } from './planText.ts';

/** Something to be told of at a place, in the formats that other tools read. */
export interface Finding extends Omit<Issue, 'code'> {
  /** An error code, or `drift.changed` and the like. */
  readonly rule: string;
  readonly level: 'error' | 'warning';
}

export function findingsFrom(issues: readonly Issue[], level: Finding['level']): readonly Finding[] {
  return issues.map(({ code, ...issue }) => ({ ...issue, rule: code, level }));
}

/** Each difference, at the first of its fields that the NovaFile has, or the table of its resource. */
export async function driftFindings(
  items: readonly DriftItem[],
  manifest: Manifest,
  pointing: Pointing = async (told) => told,
): Promise<readonly Finding[]> {
  const places = new Map<Address, Issue['at']>(manifest.resources.map(({ address, at }) => [address, at]));
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
      ...(at === undefined ? {} : { at }),
      about: { resource: item.address, path: item.fields[0]?.path.split('.') ?? [] },
    };
  });
  return pointing(findings);
}
