import { describe, expect, it } from 'vitest';

import type { FilterChain, FilterRule, FilterTable } from '../../../../reconcilers/host/view.ts';
import { intruders, isEmpty } from '../../../../reconcilers/network/rules/projectTable.ts';
import * as ruleset from '../../../../reconcilers/network/rules/ruleset.ts';

const table = 'nova-3f2a9c1b-demo';

const chain = (name: ruleset.ChainName): FilterChain => ({ name, ...ruleset.chains[name], policy: 'accept' });
const scaffold = (['raw', 'forward', 'prerouting', 'output', 'postrouting'] as const).map(chain);

const drop = (link: string) => [
  { match: { op: '==', left: { meta: { key: 'oifname' } }, right: link } },
  { drop: null },
];
const rule = (handle: number, comment: string | undefined, link: string): FilterRule => ({
  chain: 'forward',
  handle,
  comment,
  expr: drop(link),
});
const expected: readonly ruleset.Rule[] = [{ chain: 'forward', expr: drop('lan') }];

const tables = (
  rules: readonly FilterRule[],
  chains: readonly FilterChain[] = scaffold,
): readonly FilterTable[] => [
  { family: 'ip', name: table, chains: [], rules: [rule(1, 'network.lan', 'elsewhere')] },
  { family: 'inet', name: table, chains, rules },
];

const replace = (seen: readonly FilterTable[], wanted = expected) =>
  ruleset.replaceRules(table, 'network.lan', ruleset.rulesOf(seen, table, 'network.lan'), wanted).map(words);

describe('replaceRules', () => {
  const whole = [
    'add table',
    'add chain raw',
    'add chain forward',
    'add chain prerouting',
    'add chain output',
    'add chain postrouting',
  ];

  it.each([
    { reason: 'there is no table', seen: [], commands: [...whole, 'add rule forward network.lan lan'] },
    { reason: 'all is well', seen: tables([rule(7, 'network.lan', 'lan')]), commands: [] },
    {
      reason: 'a rule is missing among those of others',
      seen: tables([rule(7, 'network.wan', 'wan'), rule(8, undefined, 'x')]),
      commands: [...whole, 'add rule forward network.lan lan'],
    },
    {
      reason: 'a rule was changed',
      seen: tables([rule(7, 'network.lan', 'other'), rule(8, 'network.wan', 'wan')]),
      commands: [...whole, 'add rule forward network.lan lan', 'delete rule forward 7'],
    },
    {
      reason: 'a rule is there twice',
      seen: tables([rule(7, 'network.lan', 'lan'), rule(8, 'network.lan', 'lan')]),
      commands: [...whole, 'delete rule forward 8'],
    },
    {
      reason: 'a chain is gone',
      seen: tables([rule(7, 'network.lan', 'lan')], scaffold.slice(1)),
      commands: whole,
    },
    {
      reason: 'a chain drops by default',
      seen: tables(
        [rule(7, 'network.lan', 'lan')],
        [...scaffold.slice(1), { ...chain('raw'), policy: 'drop' }],
      ),
      commands: whole,
    },
    {
      reason: 'a chain hangs on another hook, so that it must go with the rules of others in it',
      seen: tables(
        [rule(7, 'network.lan', 'lan'), rule(8, 'network.wan', 'wan'), rule(9, undefined, 'x')],
        scaffold.map((each) => (each.name === 'forward' ? { ...each, hook: 'input' } : each)),
      ),
      commands: [
        'add table',
        'add chain raw',
        'flush chain forward',
        'delete chain forward',
        ...whole.slice(2),
        'add rule forward network.wan wan',
        'add rule forward - x',
        'add rule forward network.lan lan',
      ],
    },
  ])('does what is needed when $reason', ({ seen, commands }) => {
    expect(replace(seen)).toEqual(commands);
  });

  it('only takes away when nothing is expected, and makes no table for that', () => {
    expect(replace(tables([rule(7, 'network.lan', 'lan'), rule(8, 'network.wan', 'wan')]), [])).toEqual([
      'delete rule forward 7',
    ]);
    expect(replace([], [])).toEqual([]);
  });
});

describe('rulesDiffer', () => {
  it('does not care for the order of rules or of keys', () => {
    const shuffled = { match: { right: 'lan', left: { meta: { key: 'oifname' } }, op: '==' } };
    const seen = tables([
      rule(9, 'network.lan', 'b'),
      { ...rule(7, 'network.lan', 'lan'), expr: [shuffled, { drop: null }] },
    ]);
    const wanted = [...expected, { chain: 'forward', expr: drop('b') } as const];
    expect(ruleset.rulesDiffer(ruleset.rulesOf(seen, table, 'network.lan'), wanted)).toBe(false);
  });

  it('cares for the scaffold only as long as there are rules to put on it', () => {
    expect(ruleset.rulesDiffer(ruleset.rulesOf([], table, 'network.lan'), [])).toBe(false);
    expect(ruleset.rulesDiffer(ruleset.rulesOf([], table, 'network.lan'), expected)).toBe(true);
  });
});

describe('intruders', () => {
  it('names the rules that name no owner', () => {
    const seen = tables([rule(7, 'network.lan', 'lan'), rule(8, undefined, 'x'), rule(9, 'my own', 'y')]);
    expect(intruders(seen, table)).toEqual([
      `rule 8 in chain forward of table ${table}`,
      `rule 9 in chain forward of table ${table}`,
    ]);
  });
});

describe('isEmpty', () => {
  it.each([
    { reason: 'there is no table', seen: [], empty: false },
    { reason: 'the table has no rules', seen: tables([]), empty: true },
    { reason: 'only a stranger put a rule into it', seen: tables([rule(8, undefined, 'x')]), empty: true },
    { reason: 'a rule in it has an owner', seen: tables([rule(8, 'container.web', 'x')]), empty: false },
  ])('is $empty when $reason', ({ seen, empty }) => {
    expect(isEmpty(seen, table)).toBe(empty);
  });
});

/** `add rule forward network.lan lan`: enough of a command to know it by. */
function words(command: Readonly<Record<string, unknown>>): string {
  return Object.entries(command)
    .flatMap(([verb, object]) =>
      Object.entries(object as Record<string, Record<string, unknown>>).map(([what, fields]) => {
        if (what !== 'rule') return [verb, what, what === 'chain' ? fields['name'] : ''].join(' ').trim();
        if (verb === 'delete') return [verb, what, fields['chain'], fields['handle']].join(' ');
        const link = /"right":"([^"]*)"/.exec(JSON.stringify(fields['expr']))?.[1];
        return [verb, what, fields['chain'], fields['comment'] ?? '-', link].join(' ');
      }),
    )
    .join('; ');
}
