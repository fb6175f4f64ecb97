import { describe, expect, it } from 'vitest';

import { bridgedRules } from '../../../../reconcilers/network/rules/bridgedRules.ts';
import { ownChains, portOf } from '../../../../reconcilers/network/rules/parties.ts';
import { policyRules } from '../../../../reconcilers/network/rules/policyRules.ts';
import type { Rule } from '../../../../reconcilers/network/rules/ruleset.ts';
import type { Dependencies } from '../../../../reconcilers/reconciler.ts';
import type { Address } from '../../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../../schema/network.ts';
import { allowRule } from '../../../../schema/rule.ts';
import { alone, lan, nat } from '../specs.ts';

/** `api`, `db` and the machine `box` on lan; `far` on the network wan. */
const ips: Readonly<Record<string, string>> = {
  'container.api': '192.168.77.8',
  'container.db': '192.168.77.9',
  'vm.box': '192.168.77.10',
  'container.far': '10.0.0.5',
};
const onLan = [
  { kind: 'container', address: 'container.api', spec: { network: { name: 'lan' } } },
  { kind: 'container', address: 'container.db', spec: { network: { name: 'lan' }, health: { tcp: 5432 } } },
  { kind: 'vm', address: 'vm.box', spec: { network: { name: 'lan' }, probe: { http: ':80/' } } },
];
const deps: Dependencies = {
  ...alone,
  spec: ((kind: string, name: string) =>
    kind === 'network'
      ? nat
      : { network: { name: name === 'far' ? 'wan' : 'lan' } }) as unknown as Dependencies['spec'],
  ip: (address: Address) => ips[address],
  members: () => onLan as unknown as ReturnType<NonNullable<Dependencies['members']>>,
};

const allowing = (spec: Partial<NetworkSpec>, ...rules: readonly string[]): NetworkSpec => ({
  ...nat,
  ...spec,
  ...(rules.length === 0 ? {} : { allow: rules.map((rule) => allowRule.parse(rule)) }),
});

const chain = (rules: readonly Rule[], name: string) =>
  rules.filter((rule) => rule.chain === name).map(words);
const into = `into-${ownChains(lan)}`;
const out = `out-${ownChains(lan)}`;
const own = `own-${ownChains(lan)}`;
const [port, sent, away, lent] = ['port', 'sent', 'away', 'lent'].map(
  (name) => `${name}-${ownChains(lan)}`,
) as [string, string, string, string];
const notes = [4, 6].map((family) => `update @sent${family}-${ownChains(lan)}`);
const answers = [4, 6].map((family) => `concat @sent${family}-${ownChains(lan)}, return`);
const external = { profile: 'external', interfaces: ['wan0'] } as const;
const link = (address: Address) => portOf(lan, address, deps);

describe('policyRules', () => {
  it.each([
    {
      rule: 'container.far -> container.db:5432',
      chained: ['iifname wan, saddr 10.0.0.5, daddr 192.168.77.9, dport 5432, return', 'drop'],
    },
    { rule: 'network.wan -> container.db', chained: ['iifname wan, daddr 192.168.77.9, return', 'drop'] },
    {
      rule: '10.9.0.0/16 -> vm.box:53/udp',
      chained: ['saddr 10.9.0.0/16, daddr 192.168.77.10, dport 53, return', 'drop'],
    },
    { rule: '10.9.9.9 -> network.lan', chained: ['saddr 10.9.9.9, return', 'drop'] },
    { rule: 'any -> vm.box:443', chained: ['daddr 192.168.77.10, dport 443, return', 'drop'] },
    {
      rule: 'container.api -> container.db',
      chained: ['iifname lan, saddr 192.168.77.8, daddr 192.168.77.9, return', 'drop'],
    },
    { rule: 'container.api -> container.far:80', chained: [] },
    { rule: 'host -> container.db', chained: [] },
    { rule: 'container.nobody -> container.db', chained: [] },
  ])('lets into a nat network: $rule', ({ rule, chained }) => {
    const rules = policyRules(lan, allowing({}, rule), deps);
    expect(chain(rules, into)).toEqual(chained);
    const verdict = chained.length === 0 ? 'drop' : `jump ${into}`;
    expect(chain(rules, 'forward')).toEqual([
      `oifname lan, iifname!= lan, state new, status! dnat, ${verdict}`,
      'oifname lan, iifname!= lan, state invalid+untracked, drop',
    ]);
  });

  it.each([
    {
      rule: 'container.api -> container.far:80',
      chained: ['saddr 192.168.77.8, oifname wan, daddr 10.0.0.5, dport 80, return', 'drop'],
    },
    { rule: 'network.lan -> 10.9.9.0/24', chained: ['daddr 10.9.9.0/24, return', 'drop'] },
    { rule: 'container.far -> any', chained: [] },
  ])('lets out of an internal network: $rule', ({ rule, chained }) => {
    const rules = policyRules(lan, allowing({ profile: 'internal' }, rule), deps);
    expect(chain(rules, out)).toEqual(chained);
  });

  it('lets this host ask what it checks, and what it may, on a closed network', () => {
    expect(chain(policyRules(lan, allowing({ policy: 'closed' }, 'host -> vm.box:22'), deps), own)).toEqual([
      'sport 67, return',
      'sport 547, return',
      'daddr 192.168.77.9, dport 5432, return',
      'daddr 192.168.77.10, dport 80, return',
      'daddr 192.168.77.10, dport 22, return',
      'drop',
    ]);
  });

  it('closes what is routed within a network, but for published ports', () => {
    expect(chain(policyRules(lan, allowing({ policy: 'closed' }), deps), 'forward')).toContain(
      'oifname lan, iifname lan, state new, status! dnat, drop',
    );
    expect(chain(policyRules(lan, nat, deps), 'forward')).not.toContainEqual(
      expect.stringContaining('iifname lan,'),
    );
  });
});

describe('bridgedRules', () => {
  it('asks before each port of a member', () => {
    const rules = bridgedRules(lan, allowing({ policy: 'closed' }), deps);
    expect(chain(rules, 'bridged')).toEqual(
      onLan.map(({ address }) => `oifname ${link(address as Address)}, jump ${port}`),
    );
    expect(chain(rules, port).at(-1)).toBe('drop');
    expect(rules.every(({ family }) => family === 'bridge')).toBe(true);
  });

  it.each([
    {
      rule: 'container.api -> container.db:5432',
      added: [`iifname ${link('container.api')}, oifname ${link('container.db')}, dport 5432, return`],
    },
    {
      rule: 'container.api -> vm.box:53/udp',
      added: [`iifname ${link('container.api')}, oifname ${link('vm.box')}, dport 53, goto ${sent}`],
    },
    { rule: 'network.lan -> container.db', added: [`oifname ${link('container.db')}, goto ${sent}`] },
    { rule: 'container.far -> container.db', added: [] },
    { rule: 'host -> container.db', added: [] },
  ])('lets from port to port: $rule', ({ rule, added }) => {
    const plain = chain(bridgedRules(lan, allowing({ policy: 'closed' }), deps), port);
    const rules = bridgedRules(lan, allowing({ policy: 'closed' }, rule), deps);
    const noted = added.some((words) => words.endsWith(sent));
    expect(chain(rules, port)).toEqual([...plain.slice(0, -1), ...(noted ? answers : []), ...added, 'drop']);
    expect(chain(rules, sent)).toEqual(noted ? notes : []);
  });

  it('hears who lends addresses elsewhere, and answers from there, where the bridge leads there', () => {
    const rules = bridgedRules(lan, allowing({ ...external, policy: 'closed' }), deps);
    expect(chain(rules, port).slice(-8)).toEqual([
      ...answers,
      `sport 67, dport 68, goto ${lent}`,
      `sport 547, dport 546, goto ${lent}`,
      `type nd-router-advert, goto ${lent}`,
      `type mld-listener-query, goto ${lent}`,
      `protocol igmp, goto ${lent}`,
      'drop',
    ]);
    const each = onLan.map(({ address }) => link(address as Address));
    expect(chain(rules, lent)).toEqual(each.map((name) => `iifname ${name}, drop`));
    expect(chain(rules, away)).toEqual([...each.map((name) => `oifname ${name}, return`), ...notes]);
    expect(chain(rules, 'bridged')).toEqual([
      ...each.map((name) => `oifname ${name}, jump ${port}`),
      ...each.map((name) => `iifname ${name}, l4proto udp, jump ${away}`),
    ]);
  });
});

describe('a closed network in the LAN', () => {
  const rules = policyRules(
    lan,
    allowing({ ...external, policy: 'closed' }, '10.9.9.0/24 -> vm.box:22'),
    deps,
  );

  it('keeps out what leads to members, and nothing else that passes the bridge', () => {
    const to = ['192.168.77.8', '192.168.77.9', '192.168.77.10'];
    expect(chain(rules, 'forward')).toEqual(
      to.flatMap((ip) => [
        `oifname lan, daddr ${ip}, state new, status! dnat, jump ${into}`,
        `oifname lan, daddr ${ip}, iifname!= lan, state invalid+untracked, drop`,
      ]),
    );
    expect(chain(rules, 'own')).toEqual(
      to.map((ip) => `oifname lan, daddr ${ip}, state new, status! dnat, jump ${own}`),
    );
    expect(chain(rules, into)).toEqual([
      'iifname lan, sport 67, dport 68, return',
      'iifname lan, sport 547, dport 546, return',
      'saddr 10.9.9.0/24, daddr 192.168.77.10, dport 22, return',
      'drop',
    ]);
  });

  it('asks the packet filter for nothing where nobody is on it, or it is open', () => {
    const nobody = { ...deps, members: () => [] };
    expect(policyRules(lan, allowing({ ...external, policy: 'closed' }), nobody)).toEqual([]);
    expect(policyRules(lan, allowing(external, 'any -> vm.box:22'), deps)).toEqual([]);
  });
});

interface Verdict {
  readonly target?: string;
  readonly op?: string;
  readonly set?: string;
}

interface Expression {
  readonly match?: { readonly op: string; readonly left: object; readonly right: unknown };
}

/** `oifname lan, state new, drop` */
function words({ expr }: Rule): string {
  return expr
    .map((part) => {
      const { match: test, ...verdict } = part as Expression & Record<string, Verdict | null>;
      if (test === undefined)
        return Object.entries(verdict)
          .map(([name, to]) => {
            if (to === null) return name;
            return to.target === undefined ? `${to.op} ${to.set}` : `${name} ${to.target}`;
          })
          .join();
      const [[kind, about] = ['', {}]] = Object.entries(test.left) as [
        string,
        { key?: string; field?: string },
      ][];
      const { addr, len } = (test.right as { prefix?: { addr: string; len: number } }).prefix ?? {};
      const right = addr === undefined ? [test.right].flat().join('+') : `${addr}/${len}`;
      return `${about.key ?? about.field ?? kind}${test.op.startsWith('!') ? test.op : ''} ${right}`;
    })
    .join(', ');
}
