import type { NetworkSpec } from '../../../schema/network.ts';
import type { Dependencies, FieldChange } from '../../reconciler.ts';
import type { NetworkStep } from '../diff.ts';
import { needsTrust } from './firewalld.ts';
import { acceptCommands, passingOf } from './foreignForward.ts';
import { networkRules } from './networkRules.ts';
import { describeRules, rulesDiffer } from './ruleset.ts';
import type { NetworkSeen } from '../seen.ts';

/** Pure: its rules in the project's table, and in the tables of others that would drop what it forwards. */
export function diffRules(
  spec: NetworkSpec,
  { place, rules, foreignTables, firewalld }: NetworkSeen,
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
  if (firewalld === 'rejects' && needsTrust(place.address, spec, deps)) {
    const change = { path: 'firewalld', before: 'rejects what members send', after: 'trusts the bridge' };
    return [step('firewalld rejects what members send', change)];
  }
  const passing = passingOf(place.address, spec, deps);
  if (foreignTables === undefined || acceptCommands(place, foreignTables, passing).length === 0) return [];
  const what = passing === 'bridged' ? 'send each other' : 'send on';
  if (foreignTables.dropping.length > 0) {
    const change = { path: 'docker', before: 'drops what is forwarded', after: 'lets it through' };
    return [step(`Docker drops what members ${what}`, change)];
  }
  const change = { path: 'docker', before: 'lets through', after: undefined };
  return [step('Docker need not let anything through', change)];
}

function step(reason: string, change: FieldChange): NetworkStep {
  return { id: 'rules', effect: 'live', class: 'changed', reason, changes: [change] };
}
