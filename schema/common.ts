import { z } from 'zod';

import { key } from './key.ts';
import type { Kind } from './manifest.ts';
import type { TableProblem } from './problem.ts';
import { quote } from './problem.ts';
import { suggest } from './suggest.ts';
import { dependsOn, text } from './values.ts';

/** The keys that a table of every kind may have, whatever else it says. */
export const commonKeys = {
  depends_on: key(dependsOn, {
    what: 'What must be ready before it, beside what it refers to.',
    without: 'nothing',
    change: 'live',
    example: 'depends_on = ["container.db"]',
  }),
  lifecycle: key(
    z
      .strictObject({
        prevent_destroy: key(z.boolean().default(false), {
          what: 'A plan that would delete or replace it is refused for it.',
          example: 'lifecycle = { prevent_destroy = true }',
        }),
        ignore_changes: key(z.array(text).readonly().default([]), {
          what: 'Fields as plans show them, as `["mtu"]`: they are set when it is made, and left alone after that.',
          without: 'none',
          example: 'lifecycle = { ignore_changes = ["mtu"] }',
        }),
        create_before_destroy: key(z.boolean().default(false), {
          what: 'A replacement is made beside it, and has to work before it goes. Of containers, machines and images, and with nothing that only one of the two can have.',
          example: 'lifecycle = { create_before_destroy = true }',
        }),
      })
      .readonly()
      .exactOptional(),
    {
      what: 'What must not happen to it, and how it is replaced.',
      without: 'nothing is held back',
      change: 'live',
      example: 'lifecycle = { prevent_destroy = true }',
    },
  ),
  drift: key(z.enum(['enforce', 'warn', 'ignore']).default('enforce'), {
    what: 'What is done when the host differs although the NovaFile is as it was. `enforce`: it is repaired. `warn`: it is told. `ignore`: neither.',
    change: 'live',
    example: 'drift = "warn"',
  }),
  adopt: key(z.boolean().default(false), {
    what: "Something of its native name that is not Nova's is taken over.",
    change: 'live',
    example: 'adopt = true',
  }),
} as const;

/** Of what can run. */
export const powerState = key(z.enum(['running', 'stopped']).default('running'), {
  what: 'Whether it runs. A stopped one keeps what it has written.',
  change: 'live',
  example: 'state = "stopped"',
});

interface CommonTable {
  readonly depends_on: readonly string[];
  readonly lifecycle?: NonNullable<z.output<typeof commonKeys.lifecycle>>;
  readonly drift: 'enforce' | 'warn' | 'ignore';
  readonly adopt: boolean;
}

/** How Nova treats a resource, of whatever kind it is. Keys as in {@link commonKeys}. */
export interface Policy {
  readonly prevent_destroy: boolean;
  readonly ignore_changes: readonly string[];
  readonly create_before_destroy: boolean;
  readonly drift: 'enforce' | 'warn' | 'ignore';
  readonly adopt: boolean;
}

/** Of a resource whose table says nothing about it. */
export const defaultPolicy: Policy = {
  prevent_destroy: false,
  ignore_changes: [],
  create_before_destroy: false,
  drift: 'enforce',
  adopt: false,
};

export function policyOf({ policy }: { readonly policy?: Policy }): Policy {
  return policy ?? defaultPolicy;
}

/** The common part of a table. A policy that says nothing is left out. */
export function commonOf({ depends_on, lifecycle, drift, adopt }: CommonTable): {
  readonly depends_on: readonly string[];
  readonly policy?: Policy;
} {
  const policy = { ...defaultPolicy, ...lifecycle, drift, adopt };
  const says = lifecycle !== undefined || drift !== defaultPolicy.drift || adopt;
  return says ? { depends_on, policy } : { depends_on };
}

/** A table without its common part: what its kind alone knows. */
export function ownOf<Table extends CommonTable>(table: Table): Omit<Table, keyof CommonTable> {
  const { depends_on: _, lifecycle: _lifecycle, drift: _drift, adopt: _adopt, ...own } = table;
  return own;
}

/**
 * Fields whose value is read back from the host in the NovaFile's own words, so that it can be left as it is there. Of an
 * image that is one thing: what it is made of.
 */
const leavable: Readonly<Record<Kind, readonly string[]>> = {
  network: ['dhcp_range', 'dns', 'domain', 'mtu'],
  volume: ['mode', 'owner'],
  image: ['source', 'files', 'links', 'folders'],
  gpu: [],
  container: [
    ...['env', 'workdir', 'hostname', 'restart', 'stop_timeout', 'state'],
    ...['limits', 'limits.memory', 'limits.cpu', 'limits.pids'],
  ],
  vm: ['cpu', 'memory', 'accel', 'disk.size', 'stop_timeout', 'state'],
};

/** Fields that a kind does not have, or that cannot be left alone; paths within the table. */
export function checkCommon(
  kind: Kind,
  { policy }: { readonly policy?: Policy },
  keysOf: (kind: Kind) => readonly { readonly label: string }[],
): readonly TableProblem[] {
  if (policy === undefined || policy.ignore_changes.length === 0) return [];
  const known = keysOf(kind)
    .map(({ label }) => label)
    .filter((label) => !isCommon(label));
  const possible = leavable[kind];
  return policy.ignore_changes.flatMap((field, index): readonly TableProblem[] => {
    if (possible.includes(field) || (kind === 'container' && /^env\../.test(field))) return [];
    const there = known.includes(field) || /^(?:files|links)\../.test(field);
    const meant = there ? undefined : suggest(field, possible);
    const what = there
      ? `changes of which in a ${kind} cannot be left alone`
      : `which is no field of a ${kind}`;
    const can = possible.length === 0 ? 'none of its fields can' : `those that can: ${possible.join(', ')}`;
    return [
      {
        code: 'schema.value',
        message: `lifecycle.ignore_changes[${index}] names ${quote(field)}, ${what}`,
        hint: meant === undefined ? can : `did you mean ${quote(meant)}?`,
        path: ['lifecycle', 'ignore_changes', index],
      },
    ];
  });
}

function isCommon(key: string): boolean {
  const [first = ''] = key.split('.');
  return Object.hasOwn(commonKeys, first);
}
