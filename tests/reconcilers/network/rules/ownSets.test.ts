import { describe, expect, it } from 'vitest';

import { runFilterCommands } from '../../../../fixtures/fakeHost/filter.ts';
import type { FilterTable } from '../../../../reconcilers/host/view.ts';
import { networkRules } from '../../../../reconcilers/network/rules/networkRules.ts';
import { setCommands, setsDiffer } from '../../../../reconcilers/network/rules/ownSets.ts';
import { ownChains } from '../../../../reconcilers/network/rules/parties.ts';
import { replaceRules, rulesDiffer, rulesOf } from '../../../../reconcilers/network/rules/ruleset.ts';
import type { Dependencies } from '../../../../reconcilers/reconciler.ts';
import type { NetworkSpec } from '../../../../schema/network.ts';
import { alone, lan, nat } from '../specs.ts';

const member = { kind: 'container', address: 'container.web', spec: { ports: [] } };
const deps: Dependencies = {
  ...alone,
  ip: () => '10.9.9.9',
  members: () => [member] as unknown as ReturnType<NonNullable<Dependencies['members']>>,
};
const closed: NetworkSpec = {
  ...nat,
  profile: 'external',
  interfaces: ['wan0'],
  subnet: '10.9.9.3/24',
  policy: 'closed',
};
const expected = networkRules(lan, closed, deps);
const own = ownChains(lan);

const seenIn = (tables: readonly FilterTable[]) => rulesOf(tables, lan.table, lan.address, [], own);
let handles = 0;
/** The tables once what is wanted was made of them. */
const made = (tables: readonly FilterTable[], wanted = expected) =>
  runFilterCommands(
    tables,
    replaceRules(lan.table, lan.address, seenIn(tables), wanted),
    () => (handles += 1),
  );
const whole = made([]);
/** With sets of bridges as somebody has left them. */
const withSets = (change: (sets: NonNullable<FilterTable['sets']>) => FilterTable['sets']) =>
  whole.map((table) => {
    const sets = change(table.sets ?? []);
    return table.family === 'bridge' && sets !== undefined ? { ...table, sets } : table;
  });
const setsIn = (tables: readonly FilterTable[]) =>
  tables.flatMap(({ sets = [] }) => sets.map(({ name, timeout }) => `${name} ${timeout}`));

describe('sets of what members have sent', () => {
  it('are there for both families, as long as rules note something in them', () => {
    expect(setsIn(whole)).toEqual([`sent4-${own} 120`, `sent6-${own} 120`]);
    expect(rulesDiffer(seenIn(whole), expected)).toBe(false);
    expect(setsIn(made(whole, networkRules(lan, { ...closed, profile: 'nat' }, deps)))).toEqual([]);
    expect(made(whole, []).map(({ family }) => family)).toEqual(['inet']);
  });

  it.each([
    {
      reason: 'another time',
      tables: withSets((sets) => sets.map((set) => ({ ...set, timeout: 1 }))),
    },
    { reason: 'another size', tables: withSets((sets) => sets.map((set) => ({ ...set, size: 1 }))) },
    {
      reason: 'the other family',
      tables: withSets((sets) => sets.map((set) => ({ ...set, type: sets[0]?.type ?? '' }))),
    },
  ])('are made again with the rules that know them, in one transaction: $reason', ({ tables }) => {
    expect(setsDiffer(seenIn(tables), expected)).toBe(true);
    const repaired = made(tables);
    expect(rulesDiffer(seenIn(repaired), expected)).toBe(false);
    expect(repaired.map(({ rules }) => rules.length)).toEqual(whole.map(({ rules }) => rules.length));
    expect(replaceRules(lan.table, lan.address, seenIn(repaired), expected)).toEqual([]);
  });

  it('are left alone where they are of somebody else', () => {
    const others = withSets((sets) => [...sets, { name: 'sent4', type: 'mark', size: 1, timeout: 1 }]);
    expect(rulesDiffer(seenIn(others), expected)).toBe(false);
    expect(setCommands(lan.table, seenIn(others), []).after).toHaveLength(2);
  });
});
