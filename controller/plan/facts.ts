import type { Address } from '../../schema/manifest.ts';
import { isSensitive } from '../../schema/sensitive.ts';
import { isRecord } from './changes.ts';
import { hashOf, volatile } from './hash.ts';
import type { Plan } from './plan.ts';
import type { Survey } from './survey.ts';

/**
 * What a fingerprint is of, flat: the path of each field with its value in JSON, or `sha256:` and a hash where the value
 * is long. Two observations have the same facts exactly when they have the same fingerprint.
 */
export type Facts = Readonly<Record<string, string>>;

/** Values up to so many characters are kept as they are. */
const short = 64;

/** As `{ 'seen.link.mtu': '1500', 'seen.ports[0]': '"lan"' }`. */
export function factsOf(value: unknown): Facts {
  return Object.fromEntries(leaves(value, ''));
}

/** The facts of every resource of a plan, as it was surveyed. */
export function surveyedFacts(plan: Plan, { wanted, strays }: Survey): ReadonlyMap<Address, Facts> {
  return new Map(
    plan.resources.map(({ address }) => {
      const stray = strays.get(address);
      const observation =
        wanted.get(address) ?? (stray === undefined ? absent : { status: 'present', seen: stray.seen });
      return [address, factsOf(observation)];
    }),
  );
}

const absent = { status: 'absent' };

function leaves(value: unknown, path: string): readonly (readonly [string, string])[] {
  // A keyed hash, which tells nothing and changes when the value does.
  if (isSensitive(value)) return [[path, `sha256:${hashOf(value)}`]];
  if (value instanceof Map) return leaves(Object.fromEntries(value), path);
  if (value instanceof Set) return leaves([...value], path);
  if (Array.isArray(value)) {
    if (value.length === 0) return [[path, '[]']];
    return value.flatMap((item, index) => leaves(item, `${path}[${index}]`));
  }
  if (!isRecord(value)) return [[path, fact(value)]];
  const entries = Object.entries(value).filter(([key, item]) => item !== undefined && !volatile.has(key));
  if (entries.length === 0) return [[path, '{}']];
  return entries.flatMap(([key, item]) => leaves(item, path + segment(key, path === '')));
}

/** `.mtu`; a key that would read as several is quoted: `["a.b"]`. */
function segment(key: string, first: boolean): string {
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
  return first ? key : `.${key}`;
}

function fact(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= short ? text : `sha256:${hashOf(value)}`;
}
