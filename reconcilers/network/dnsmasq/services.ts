import { NovaError } from '../../../schema/errors.ts';
import type { Address } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { Dependencies } from '../../reconciler.ts';
import { membersOf } from '../membersOf.ts';

/** A service of a member, as DNS tells it (RFC 2782). */
export interface ServiceRecord {
  /** As `_http._tcp.web`. */
  readonly name: string;
  readonly target: string;
  readonly port: number;
}

/** Services of the members of a network that its DNS server tells, each with and without the domain. */
export function servicesOf(
  address: Address,
  { dns, domain }: NetworkSpec,
  deps: Pick<Dependencies, 'members'>,
): readonly ServiceRecord[] {
  if (!dns) return [];
  return membersOf(address, deps)
    .toSorted((a, b) => (a.address < b.address ? -1 : 1))
    .flatMap((member) =>
      Object.entries(member.spec.services ?? {})
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([service, { port, protocol }]) => {
          const name = `_${service}._${protocol}.${member.name}`;
          const target = `${member.name}.${domain}`;
          return [name, `${name}.${domain}`].map((each) => ({ name: each, target, port }));
        }),
    );
}

/**
 * `srv-host` of dnsmasq(8), which it takes from its configuration alone, and reads that only when it starts: of the files that
 * it reads again, none may say it.
 * @throws NovaError `schema.value` for a name that dnsmasq would not take literally
 */
export function serviceLines(services: readonly ServiceRecord[]): readonly string[] {
  return services.map(({ name, target, port }) => {
    for (const word of [name, target]) {
      if (/^[A-Za-z0-9_.-]+$/.test(word)) continue;
      const message = `${JSON.stringify(word)} cannot be given to dnsmasq`;
      throw new NovaError('schema.value', message, { hint: 'use letters, digits, dots and hyphens' });
    }
    return `srv-host=${name},${target},${port}`;
  });
}
