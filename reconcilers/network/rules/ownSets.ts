import type { FilterCommand } from '../../host/host.ts';
import type { FilterSet } from '../../host/view.ts';
import type { Family } from './chains.ts';
import type { Rule, RulesSeen } from './ruleset.ts';
import { match } from './statements.ts';

/**
 * Sets of one owner in which the kernel notes who has sent a datagram to whom, so that the answer is let through. Rules that
 * note or ask name them, and whoever needs such rules needs the sets: so nothing else has to say which there are.
 */
export interface SetSeen {
  /** As `bridge sent4-nv0123456789ab`. */
  readonly key: string;
  /** What it can hold. */
  readonly form: string;
}

type Protocol = 'ip' | 'ip6';

const addressTypes = { ip: 'ipv4_addr', ip6: 'ipv6_addr' } as const;

/** s without a datagram after which nobody waits for an answer any more, as Linux has it (`nf_conntrack_udp_timeout_stream`) */
const patience = 120;
/** Who sends to more at a time gets no answers from those that are too many. */
const most = 16_384;

/** The statement that notes a datagram. @param set its name */
export function note(set: string, protocol: Protocol): unknown {
  const elem = { concat: [...end(protocol, 's'), ...end(protocol, 'd')] };
  return { set: { op: 'update', elem, set: `@${set}` } };
}

/** Whether a datagram answers one that was noted. */
export function isAnswer(set: string, protocol: Protocol): unknown {
  return match('==', { concat: [...end(protocol, 'd'), ...end(protocol, 's')] }, `@${set}`);
}

function end(protocol: Protocol, side: 's' | 'd'): readonly unknown[] {
  return [
    { payload: { protocol, field: `${side}addr` } },
    { payload: { protocol: 'udp', field: `${side}port` } },
  ];
}

export function setSeen(family: Family, { name, type, size, timeout }: FilterSet): SetSeen {
  return { key: `${family} ${name}`, form: `${type}, ${size} for ${timeout} s` };
}

/** Whether sets are other than rules need them. */
export function setsDiffer({ sets = [] }: Pick<RulesSeen, 'sets'>, expected: readonly Rule[]): boolean {
  const needed = setsOf(expected);
  return needed.length !== sets.length || needed.some((set) => !isThere(set, sets));
}

/**
 * Commands before and after those for rules. One that is there cannot be added again, and one that is not as it should be
 * cannot be changed: `renewed` says that all rules of the owner's that know it go before it does.
 */
export function setCommands(
  table: string,
  { sets = [] }: Pick<RulesSeen, 'sets'>,
  expected: readonly Rule[],
): {
  readonly renewed: boolean;
  readonly before: readonly FilterCommand[];
  readonly after: readonly FilterCommand[];
} {
  const needed = setsOf(expected);
  const isNeeded = ({ key }: SetSeen) => needed.some((set) => set.key === key);
  const wrong = sets.filter((set) => isNeeded(set) && !isThere(set, needed));
  return {
    renewed: wrong.length > 0,
    before: [
      ...wrong.map((set) => remove(table, set)),
      ...needed.filter((set) => !isThere(set, sets)).map((set) => add(table, set)),
    ],
    after: sets.filter((set) => !isNeeded(set)).map((set) => remove(table, set)),
  };
}

/** Whether a command would add one that is there. */
export function addsAgain(command: FilterCommand, { sets = [] }: Pick<RulesSeen, 'sets'>): boolean {
  const { set } = (command['add'] ?? {}) as { set?: { family: string; name: string } };
  return set !== undefined && sets.some(({ key }) => key === `${set.family} ${set.name}`);
}

interface Needed extends SetSeen {
  readonly type: readonly string[];
}

/** Those that rules note something in. */
function setsOf(rules: readonly Rule[]): readonly Needed[] {
  const noted = rules.flatMap(({ family = 'inet', expr }) =>
    expr.filter(isNote).map(({ set: { set, elem } }): Needed => {
      const address = addressTypes[elem.concat[0].payload.protocol];
      const type = [address, 'inet_service', address, 'inet_service'];
      const form = { name: set.slice(1), type: type.join(' . '), size: most, timeout: patience };
      return { ...setSeen(family, form), type };
    }),
  );
  return [...new Map(noted.map((set) => [set.key, set])).values()];
}

function isThere({ key, form }: SetSeen, sets: readonly SetSeen[]): boolean {
  return sets.some((set) => set.key === key && set.form === form);
}

function add(table: string, { key, type }: Needed): FilterCommand {
  return {
    add: { set: { ...placeIn(table, key), type, flags: ['timeout'], timeout: patience, size: most } },
  };
}

function remove(table: string, { key }: SetSeen): FilterCommand {
  return { delete: { set: placeIn(table, key) } };
}

/** Of a chain or a set, from its key. */
export function placeIn(table: string, key: string): { family: string; table: string; name: string } {
  const [family = '', name = ''] = key.split(' ');
  return { family, table, name };
}

interface Note {
  readonly set: {
    readonly set: string;
    readonly elem: { readonly concat: readonly [{ readonly payload: { readonly protocol: Protocol } }] };
  };
}

function isNote(part: unknown): part is Note {
  return typeof part === 'object' && part !== null && 'set' in part;
}
