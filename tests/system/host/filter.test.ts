import { describe, expect, it } from 'vitest';

import { makeMachine } from './machine.ts';

const table = (name: string) => ({ add: { table: { family: 'ip', name } } });
const chain = (name: string) => ({
  add: {
    chain: {
      family: 'ip',
      table: name,
      name: 'post',
      type: 'nat',
      hook: 'postrouting',
      prio: 100,
      policy: 'accept',
    },
  },
});
const rule = (name: string) => ({
  add: {
    rule: { family: 'ip', table: name, chain: 'post', comment: `nova:${name}`, expr: [{ masquerade: null }] },
  },
});

describe('filter', () => {
  it('makes a table that the view then shows', async () => {
    await using machine = makeMachine();
    await machine.host.filter.change([table('one'), chain('one'), rule('one')]);
    const tables = await machine.host.view().tables();
    expect(tables).toEqual([
      {
        family: 'ip',
        name: 'one',
        chains: [{ name: 'post', type: 'nat', hook: 'postrouting', prio: 100, policy: 'accept' }],
        rules: [
          { chain: 'post', handle: expect.any(Number), comment: 'nova:one', expr: [{ masquerade: null }] },
        ],
      },
    ]);
  });

  it('does what is ready together in one transaction, unless one of them is wrong', async () => {
    await using machine = makeMachine();
    const { filter } = machine.host;
    await Promise.all([filter.change([table('a'), chain('a')]), filter.change([table('b'), chain('b')])]);
    expect(machine.commands).toHaveLength(1);
    const answers = await Promise.allSettled([filter.change([rule('a')]), filter.change([rule('nowhere')])]);
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected']);
    expect(answers[1]).toMatchObject({
      reason: { code: 'host.command', message: expect.stringContaining('No such file') },
    });
    const tables = await machine.host.view().tables();
    expect(tables.map(({ name, rules }) => [name, rules.length])).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
  });
});
