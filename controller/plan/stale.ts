import { NovaError } from '../../schema/errors.ts';
import type { Address } from '../../schema/manifest.ts';
import type { Facts } from './facts.ts';

/** One field that is not as it was. */
export interface Difference {
  readonly address: Address;
  /** As `link.mtu`; `status` when the resource came or went. */
  readonly field: string;
  /** JSON, or a hash of it; undefined: not there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

type FactsByAddress = ReadonlyMap<Address, Facts>;

/** Every field that differs between two times. Of what came or went only that is said: all else follows from it. */
export function differencesOf(before: FactsByAddress, after: FactsByAddress): readonly Difference[] {
  const addresses = new Set([...before.keys(), ...after.keys()]);
  return [...addresses].flatMap((address) => {
    const [was, is] = [before.get(address) ?? gone, after.get(address) ?? gone];
    const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
      (field) => was[field] !== is[field],
    );
    const telling = fields.includes('status') ? ['status'] : fields;
    return telling.map((field) => {
      return { address, field: field.replace(/^seen\.?/, ''), before: was[field], after: is[field] };
    });
  });
}

/** Something that is in one of two plans only, as what is not declared any more. */
const gone: Facts = { status: '"absent"' };

/** Differences that are told; of more, their number. */
const most = 5;

/** @param when the time of the plan, as `the plan was saved` */
export function staleError(differences: readonly Difference[], when: string, hint: string): NovaError {
  const told = differences.slice(0, most).map(tell);
  const more = differences.length - told.length;
  const all = [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  return new NovaError('plan.stale', `the host changed after ${when}: ${all}`, { hint });
}

function tell({ address, field, before, after }: Difference): string {
  if (field === 'status') return `${address} was ${bare(before)} and is ${bare(after)}`;
  const name = `${address}: ${field === '' ? 'it' : field}`;
  if (before === undefined) return isHash(after) ? `${name} is new` : `${name} is ${after} and was not there`;
  if (after === undefined) return isHash(before) ? `${name} is gone` : `${name} was ${before} and is gone`;
  return isHash(before) || isHash(after) ? `${name} changed` : `${name} was ${before} and is ${after}`;
}

function isHash(fact: string | undefined): boolean {
  return fact === undefined || fact.startsWith('sha256:');
}

function bare(fact: string | undefined): string {
  return fact?.replaceAll('"', '') ?? 'absent';
}
