import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dependenciesOf } from '../../../controller/plan/dependencies.ts';
import { arbitraryManifest } from '../../../fixtures/arbitraries.ts';
import { batchText } from '../../../reconcilers/host/linkBatch.ts';
import { networkRules } from '../../../reconcilers/network/rules/networkRules.ts';
import { placeOf } from '../../../reconcilers/network/place.ts';
import { replaceRules } from '../../../reconcilers/network/rules/ruleset.ts';
import type { Manifest } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { linkName } from '../../../schema/linkName.ts';
import { NovaError } from '../../../schema/errors.ts';
import { allowRule, forward } from '../../../schema/rule.ts';
import { declared, lan, nat, noRules, scope } from './specs.ts';

/** Words of rules, and what would end one in some tool's language. */
const pieces = fc.constantFrom(
  ...[
    'container.web',
    'vm.db',
    'network.lan',
    'any',
    'host',
    '10.0.0.0/8',
    '192.168.77.9',
    ' -> ',
    '->',
    ':80',
    ':53/udp',
    '8080',
  ],
  ...[
    '"',
    "'",
    ';',
    '\n',
    '{',
    '}',
    '#',
    '\\',
    '\0',
    '$(id)',
    '`id`',
    ' accept',
    '*',
    '@set',
    '\u2028',
    'é',
    '%',
    ',',
  ],
);
const text = fc.array(pieces, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));

/** What a rule may hold besides numbers: no character that is syntax to anybody. */
const plain = /^[A-Za-z0-9_.:/@-]*$/;

describe('what a person writes in rules', () => {
  it('law: is refused, or comes to rules of plain words', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom('nat', 'external'), (allow, led, profile) => {
        const [rule, port] = [allowRule.safeParse(allow), forward.safeParse(led)];
        const spec: NetworkSpec = {
          ...nat,
          profile,
          policy: 'closed',
          ...(rule.success ? { allow: [rule.data] } : {}),
          ...(port.success ? { forwards: [port.data] } : {}),
        };
        const manifest: Manifest = { project: 'demo', file: '/NovaFile.toml', resources: [declared(spec)] };
        const rules = networkRules(
          lan,
          spec,
          dependenciesOf(manifest, () => undefined),
        );
        for (const word of stringsIn(rules)) expect(word).toMatch(plain);
      }),
      { numRuns: 500 },
    );
  });

  it('law: whatever is declared, names become plain words, and each rule says whose it is', () => {
    fc.assert(
      fc.property(arbitraryManifest({ everything: true }), (manifest) => {
        const deps = dependenciesOf(manifest, () => undefined);
        for (const resource of manifest.resources) {
          if (resource.kind !== 'network' || (resource.spec as NetworkSpec).type !== 'bridge') continue;
          const place = placeOf(scope, manifest.project, resource.address);
          const rules = networkRules(place, resource.spec as NetworkSpec, deps);
          for (const word of stringsIn(rules)) expect(word).toMatch(plain);
          const commands = replaceRules(place.table, place.address, noRules, rules);
          const comments = commands.flatMap((command) => commentsIn(command));
          expect(comments).toEqual(rules.map(() => resource.address));
          expect(resource.address.length).toBeLessThanOrEqual(128);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('what a person writes as the name of an interface', () => {
  const word = fc.oneof(
    text,
    fc.string({ maxLength: 16 }),
    fc.constantFrom('enp6s0', 'wan0@1', 'a b', 'a\nb'),
  );

  it('law: is refused, or one word of one command of `ip`', () => {
    let taken = 0;
    fc.assert(
      fc.property(word, (name) => {
        const interfaces = linkName.safeParse(name);
        if (!interfaces.success) return;
        const argv = ['link', 'set', 'dev', interfaces.data, 'master', 'lan'];
        try {
          const [first = '', ...others] = batchText([{ argv }]).split('\n');
          expect(first.split(/\s/)).toEqual(argv);
          expect(first).not.toMatch(/["'#\\]/);
          expect(others).toEqual(['link show dev lo', '']);
          taken += 1;
        } catch (error) {
          if (!(error instanceof NovaError)) throw error;
        }
      }),
      { numRuns: 500, examples: [['enp6s0']] },
    );
    expect(taken).toBeGreaterThan(0);
  });
});

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return ['==', '!=', '!', 'in', '&'].includes(value) ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

function commentsIn(command: object): readonly string[] {
  const { add } = command as { add?: { rule?: { comment?: string } } };
  return add?.rule === undefined ? [] : [add.rule.comment ?? 'none'];
}
