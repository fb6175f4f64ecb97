import { describe, expect, it } from 'vitest';

import type { FilterTable } from '../../../../reconcilers/host/view.ts';
import {
  acceptCommands,
  foreignSeen,
  hindrances,
  releaseAccepts,
} from '../../../../reconcilers/network/rules/foreignForward.ts';
import { lan } from '../specs.ts';

const forward = (policy: string) => ({ name: 'FORWARD', type: 'filter', hook: 'forward', prio: 0, policy });
const plain = { type: undefined, hook: undefined, prio: undefined, policy: undefined };
const docker = (family: string, rules: FilterTable['rules'] = [], policy = 'drop'): FilterTable => ({
  family,
  name: 'filter',
  chains: [forward(policy), { name: 'DOCKER-USER', ...plain }],
  rules,
});

/** The tables after commands that only insert. */
const inserted = (tables: readonly FilterTable[]): readonly FilterTable[] => {
  const commands = acceptCommands(lan, foreignSeen(tables, lan), 'forwarded') as readonly {
    insert: { rule: { family: string; chain: string; expr: readonly unknown[]; comment: string } };
  }[];
  return tables.map((table) => ({
    ...table,
    rules: commands
      .map(({ insert: { rule } }, index) => ({ ...rule, handle: index + 1 }))
      .filter(({ family }) => family === table.family),
  }));
};

describe('acceptCommands', () => {
  it('accepts both ways in each family that Docker drops in, once', () => {
    const tables = [docker('ip'), docker('ip6')];
    const after = inserted(tables);
    expect(after.map(({ rules }) => rules.length)).toEqual([2, 2]);
    expect(acceptCommands(lan, foreignSeen(after, lan), 'forwarded')).toEqual([]);
    expect(acceptCommands(lan, foreignSeen(after, lan), 'nothing')).toHaveLength(4);
  });

  it('accepts of a network that stays by itself only what goes from port to port', () => {
    const after = inserted([docker('ip')]);
    const [one, ...others] = acceptCommands(lan, foreignSeen([docker('ip')], lan), 'bridged');
    expect([JSON.stringify(one), others]).toEqual([
      expect.stringMatching(/iifname.*lan.*oifname.*lan.*accept/),
      [],
    ]);
    expect(
      acceptCommands(lan, foreignSeen(after, lan), 'bridged').map((each) => Object.keys(each)[0]),
    ).toEqual(['insert', 'delete', 'delete']);
  });

  it.each([
    { reason: 'Docker is not there', tables: [] },
    { reason: 'Docker drops nothing', tables: [docker('ip', [], 'accept')] },
    { reason: 'another has the chain', tables: [{ ...docker('ip'), name: 'other' }] },
  ])('does nothing where $reason', ({ tables }) => {
    expect(acceptCommands(lan, foreignSeen(tables, lan), 'forwarded')).toEqual([]);
  });

  it('knows its rules by a comment that is short enough, and leaves those of others', () => {
    const [first] = inserted([docker('ip')])[0]?.rules ?? [];
    expect(first?.comment?.length).toBeLessThanOrEqual(128);
    const theirs = { ...first, handle: 9, chain: 'DOCKER-USER', comment: 'theirs', expr: [{ accept: null }] };
    expect(acceptCommands(lan, foreignSeen([docker('ip', [theirs])], lan), 'nothing')).toEqual([]);
  });

  it('gives them up without taking them away', () => {
    const released = releaseAccepts(foreignSeen(inserted([docker('ip')]), lan));
    expect(released.map((command) => Object.keys(command)[0])).toEqual([
      'insert',
      'delete',
      'insert',
      'delete',
    ]);
    expect(JSON.stringify(released)).not.toContain('comment');
  });
});

describe('hindrances', () => {
  it('names what drops, and not what Nova takes care of or somebody has thought of', () => {
    const other = { ...docker('inet'), name: 'other', chains: [forward('drop')] };
    const thought = { ...other, rules: [{ chain: 'FORWARD', handle: 1, comment: undefined, expr: ['lan'] }] };
    expect(hindrances([docker('ip')], lan)).toEqual([]);
    expect(hindrances([other], lan)).toEqual([
      'chain FORWARD of table inet other, which drops what lan forwards',
    ]);
    expect(hindrances([thought], lan)).toEqual([]);
  });
});
