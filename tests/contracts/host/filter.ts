import { describe, expect, it } from 'vitest';

import type { FilterCommand, Host } from '../../../reconcilers/host/host.ts';
import type { FilterTable } from '../../../reconcilers/host/view.ts';

const family = 'inet';
const table = 'nvt-contract';
const raw = { family, table, name: 'raw', type: 'filter', hook: 'prerouting', prio: -300, policy: 'accept' };
const nat = { family, table, name: 'nat', type: 'nat', hook: 'postrouting', prio: 100, policy: 'accept' };
const entry = { family, table, name: 'entry', type: 'nat', hook: 'prerouting', prio: -100, policy: 'accept' };
const scaffold: readonly FilterCommand[] = [
  { add: { table: { family, name: table } } },
  ...[raw, nat, entry].map((chain) => ({ add: { chain } })),
];

export function filterContract(host: () => Host): void {
  const rule = (chain: string, expr: readonly unknown[], comment = 'network.lan') => ({
    add: { rule: { family, table, chain, expr, comment } },
  });
  const seen = async (): Promise<FilterTable | undefined> =>
    (await host().view().tables()).find(({ name }) => name === table);

  describe('filter', () => {
    it('makes a table with chains, in one transaction that may be sent twice', async () => {
      await host().filter.change([...scaffold, ...scaffold]);
      expect(await seen()).toMatchObject({ family, name: table, rules: [] });
      expect((await seen())?.chains).toEqual(
        expect.arrayContaining([
          { name: 'raw', type: 'filter', hook: 'prerouting', prio: -300, policy: 'accept' },
          { name: 'nat', type: 'nat', hook: 'postrouting', prio: 100, policy: 'accept' },
        ]),
      );
    });

    it.each([
      {
        reason: 'connection state',
        chain: 'raw',
        expr: [match('in', { ct: { key: 'state' } }, ['established', 'related']), { accept: null }],
      },
      {
        reason: 'input link',
        chain: 'raw',
        expr: [match('==', { meta: { key: 'iifname' } }, 'lan'), { drop: null }],
      },
      {
        reason: 'other output link',
        chain: 'nat',
        expr: [match('!=', { meta: { key: 'oifname' } }, 'lan'), { masquerade: null }],
      },
      {
        reason: 'source prefix',
        chain: 'nat',
        expr: [match('==', source, { prefix: { addr: '10.9.0.0', len: 24 } }), { masquerade: null }],
      },
      {
        reason: 'local destination',
        chain: 'entry',
        expr: [
          match('==', { fib: { result: 'type', flags: ['daddr'] } }, 'local'),
          { dnat: { family: 'ip', addr: '10.9.0.2' } },
        ],
      },
      {
        reason: 'destination port',
        chain: 'entry',
        expr: [
          match('==', { payload: { protocol: 'tcp', field: 'dport' } }, 8080),
          { dnat: { family: 'ip', addr: '10.9.0.2', port: 80 } },
        ],
      },
      {
        reason: 'not translated',
        chain: 'raw',
        expr: [match('!', { ct: { key: 'status' } }, 'dnat'), { drop: null }],
      },
    ])('shows a rule as it was sent: $reason', async ({ chain, expr }) => {
      await host().filter.change([...scaffold, rule(chain, expr)]);
      expect((await seen())?.rules).toEqual([
        { chain, handle: expect.any(Number), comment: 'network.lan', expr },
      ]);
    });

    it('keeps the order of rules, inserts before them, and deletes one by its handle', async () => {
      await host().filter.change([
        ...scaffold,
        rule('raw', [{ accept: null }], 'b'),
        rule('raw', [{ drop: null }], 'c'),
      ]);
      await host().filter.change([
        { insert: { rule: { family, table, chain: 'raw', expr: [{ drop: null }], comment: 'a' } } },
      ]);
      expect((await seen())?.rules.map(({ comment }) => comment)).toEqual(['a', 'b', 'c']);
      const handle = (await seen())?.rules.find(({ comment }) => comment === 'b')?.handle;
      await host().filter.change([{ delete: { rule: { family, table, chain: 'raw', handle } } }]);
      expect((await seen())?.rules.map(({ comment }) => comment)).toEqual(['a', 'c']);
    });

    it('does all of a transaction or nothing', async () => {
      await host().filter.change(scaffold);
      const change = host().filter.change([
        rule('raw', [{ accept: null }]),
        { delete: { rule: { family, table, chain: 'raw', handle: 999_999 } } },
      ]);
      await expect(change).rejects.toMatchObject({ code: 'host.command' });
      expect((await seen())?.rules).toEqual([]);
    });

    it('does not let a transaction fail for the mistake of another', async () => {
      await host().filter.change(scaffold);
      const [good, bad] = await Promise.allSettled([
        host().filter.change([rule('raw', [{ accept: null }])]),
        host().filter.change([rule('nope', [{ accept: null }])]),
      ]);
      expect([good.status, bad.status]).toEqual(['fulfilled', 'rejected']);
      expect((await seen())?.rules).toHaveLength(1);
    });

    it('makes a chain again elsewhere in one transaction, which cannot be moved', async () => {
      await host().filter.change([...scaffold, rule('raw', [{ accept: null }])]);
      const moved = { ...raw, hook: 'forward', prio: 0 };
      await expect(host().filter.change([{ add: { chain: moved } }])).rejects.toMatchObject({
        code: 'host.command',
      });
      const chain = { family, table, name: 'raw' };
      await host().filter.change([{ flush: { chain } }, { delete: { chain } }, { add: { chain: moved } }]);
      expect((await seen())?.chains).toContainEqual({
        name: 'raw',
        type: 'filter',
        hook: 'forward',
        prio: 0,
        policy: 'accept',
      });
      expect((await seen())?.rules).toEqual([]);
    });

    it('changes the policy of a chain that is there', async () => {
      await host().filter.change(scaffold);
      await host().filter.change([{ add: { chain: { ...raw, policy: 'drop' } } }]);
      expect((await seen())?.chains.find(({ name }) => name === 'raw')?.policy).toBe('drop');
    });

    it('makes a set for what rules note, which is there until no rule knows it', async () => {
      const bridged = { family: 'bridge', table };
      const chain = {
        ...bridged,
        name: 'bridged',
        type: 'filter',
        hook: 'forward',
        prio: 0,
        policy: 'accept',
      };
      const type = ['ipv4_addr', 'inet_service', 'ipv4_addr', 'inet_service'];
      const set = { ...bridged, name: 'sent', type, flags: ['timeout'], timeout: 120, size: 100 };
      const [note, answer] = [
        {
          set: {
            op: 'update',
            elem: { concat: [source, port('sport'), target, port('dport')] },
            set: '@sent',
          },
        },
        match('==', { concat: [target, port('dport'), source, port('sport')] }, '@sent'),
      ];
      const rules = [[note], [answer, { return: null }]];
      const added = rules.map((expr) => ({ add: { rule: { ...bridged, chain: 'bridged', expr } } }));
      const home = { add: { table: { family: 'bridge', name: table } } };
      const bridges = async () =>
        (await host().view().tables()).find((each) => each.family === 'bridge' && each.name === table);
      await host().filter.change([home, { add: { chain } }]);
      await expect(host().filter.change(added)).rejects.toMatchObject({ code: 'host.command' });
      await host().filter.change([{ add: { set } }, ...added]);
      expect((await bridges())?.sets).toEqual([
        { name: 'sent', type: type.join(' . '), size: 100, timeout: 120 },
      ]);
      expect((await bridges())?.rules.map(({ expr }) => expr)).toEqual(rules);
      const away = { delete: { set: { ...bridged, name: 'sent' } } };
      for (const refused of [away, { add: { set } }])
        await expect(host().filter.change([refused])).rejects.toMatchObject({ code: 'host.command' });
      const other = { ...set, timeout: 60 };
      const flush = { flush: { chain: { ...bridged, name: 'bridged' } } };
      await host().filter.change([flush, away, { add: { set: other } }, ...added]);
      expect((await bridges())?.sets).toMatchObject([{ timeout: 60 }]);
      await host().filter.change([flush, away]);
      expect((await bridges())?.sets ?? []).toEqual([]);
      await host().filter.change([{ delete: { table: { family: 'bridge', name: table } } }]);
    });

    it('flushes a table, keeping its chains, and deletes it whether it is there or not', async () => {
      await host().filter.change([...scaffold, rule('raw', [{ accept: null }])]);
      await host().filter.change([{ flush: { table: { family, name: table } } }]);
      expect(await seen()).toMatchObject({ rules: [], chains: expect.arrayContaining([expect.anything()]) });
      const away = [
        { add: { table: { family, name: table } } },
        { delete: { table: { family, name: table } } },
      ];
      await host().filter.change(away);
      await host().filter.change(away);
      expect(await seen()).toBeUndefined();
    });
  });
}

const source = { payload: { protocol: 'ip', field: 'saddr' } };
const target = { payload: { protocol: 'ip', field: 'daddr' } };
const port = (field: string) => ({ payload: { protocol: 'udp', field } });

function match(op: string, left: unknown, right: unknown): unknown {
  return { match: { op, left, right } };
}
