import type { FieldChange } from '../reconciler.ts';
import type { DesiredNetwork } from './desired.ts';
import { formatGiven, type Given } from './given.ts';
import type { ContainerSeen } from './seen.ts';
import { type ContainerStep, step } from './step.ts';

/** What is inside is seen through a process; without one it is what was given last, which is noted in any case. */
export function diffAddress(
  desired: DesiredNetwork | undefined,
  seen: ContainerSeen,
): readonly ContainerStep[] {
  // Without a network its link goes, and its address with it.
  if (desired === undefined) return [];
  const { inside, given, given6 } = seen;
  const { address, address6 } = desired;
  const linked = seen.link !== undefined || seen.macvlan !== undefined;
  const four = inside && { addresses: inside.addresses, gateway: inside.gateway, prefixes: inside.prefixes };
  const six = inside && { addresses: inside.addresses6, gateway: inside.gateway6, prefixes: inside.prefixes };
  const changes = [
    ...changesOf('', address, four, linked, given),
    // On a network without IPv6 it is a capsule's own affair.
    ...(address6 === undefined && given6 === undefined ? [] : changesOf('6', address6, six, linked, given6)),
  ];
  if (changes.length > 0) return [step('address', addressReason(changes), changes)];
  if (formatGiven({ given, given6 }) === formatGiven({ given: address, given6: address6 })) return [];
  return [step('address', 'it is noted otherwise what address it was given')];
}

export interface InsideOfFamily {
  readonly addresses: readonly string[];
  readonly gateway: string | undefined;
  readonly prefixes: Readonly<Record<string, number>>;
}

/** @param linked what it was given goes with the link */
export function changesOf(
  family: '' | '6',
  wanted: Given | undefined,
  inside: InsideOfFamily | undefined,
  linked: boolean,
  given: Given | undefined,
): readonly Change[] {
  const kept = linked ? given : undefined;
  const before = inside === undefined ? kept?.ip : one(inside.addresses);
  const through = inside ?? kept;
  const prefix = inside?.prefixes[wanted?.ip ?? ''] ?? given?.prefix;
  return [
    ...field(`ip${family}`, before, wanted?.ip),
    ...(through === undefined ? [] : field(`gateway${family}`, through.gateway, wanted?.gateway)),
    ...(wanted === undefined || prefix === undefined ? [] : field(`prefix${family}`, prefix, wanted.prefix)),
  ];
}

/** Of a word or a number, so that a reason can say it. */
export interface Change extends FieldChange {
  readonly before: string | number | undefined;
}

export function field<T extends string | number>(
  path: string,
  before: T | undefined,
  after: T | undefined,
): readonly Change[] {
  return before === after ? [] : [{ path, before, after }];
}

/** Of several, all of them; of one, that one; of none, undefined. */
export function one(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(', ');
}

function addressReason([first]: readonly Change[]): string {
  const { path = '', before } = first ?? {};
  const six = path.endsWith('6') ? 'IPv6 ' : '';
  if (path.startsWith('prefix')) return `the prefix of its ${six}address is ${before}`;
  const what = `${six}${path.startsWith('gateway') ? 'gateway' : 'address'}`;
  return before === undefined ? `it has no ${what}` : `its ${what} is ${before}`;
}
