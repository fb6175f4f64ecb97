import type { NetworkSpec } from '../../schema/network.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import type { NetworkStep } from './diff.ts';
import { acceptCommands } from './foreignForward.ts';
import { needsForwarding, needsForwarding6, networkRules } from './networkRules.ts';
import { describeRules, rulesDiffer } from './ruleset.ts';
import type { NetworkSeen } from './seen.ts';

/** Pure: its rules in the project's table, and in the tables of others that would drop what it forwards. */
export function diffRules(
  spec: NetworkSpec,
  { place, rules, foreignTables }: NetworkSeen,
  deps: Dependencies,
): readonly NetworkStep[] {
  const expected = networkRules(place, spec, deps);
  if (rulesDiffer(rules, expected)) {
    const before = describeRules(rules, expected);
    const after = `${expected.length} of ${expected.length}`;
    const same = before === after;
    const reason = same
      ? `a chain or set of table ${place.table} is changed or missing`
      : `rules in place: ${before}`;
    return [step(reason, { path: 'rules', before: same ? 'other chains or sets' : before, after })];
  }
  const needed = needsForwarding(spec) || needsForwarding6(spec);
  if (foreignTables === undefined || acceptCommands(place, foreignTables, needed).length === 0) return [];
  return needed
    ? [
        step('Docker drops what members send on', {
          path: 'docker',
          before: 'drops what is forwarded',
          after: 'lets it through',
        }),
      ]
    : [
        step('Docker need not let anything through', {
          path: 'docker',
          before: 'lets through',
          after: undefined,
        }),
      ];
}

function step(reason: string, change: FieldChange): NetworkStep {
  return { id: 'rules', effect: 'live', class: 'changed', reason, changes: [change] };
}
