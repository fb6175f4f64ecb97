import { singlePorts } from '../../../schema/port.ts';
import type { Address } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { Dependencies } from '../../reconciler.ts';
import { isFirst } from '../attachments.ts';
import { membersOf } from '../membersOf.ts';

/** Whom a port of the host leads to. */
export interface Published {
  /** Undefined: an address without a member. */
  readonly member: Address | undefined;
  readonly ip: string | undefined;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/**
 * What everybody may ask for by a port of the host, and so may a member without that way around. What leads from 127.0.0.1 alone
 * is the host's own affair.
 */
export function publishedTo(
  network: Address,
  { forwards = [] }: NetworkSpec,
  deps: Dependencies,
): readonly Published[] {
  const name = network.slice('network.'.length);
  // By its `network` alone somebody is reached through its ports.
  const members = membersOf(network, deps).filter(({ spec }) => isFirst(spec, name));
  const own = members.flatMap(({ address, spec }) =>
    'ports' in spec
      ? singlePorts(spec.ports)
          .filter(isOpen)
          .map(({ container: port, protocol }) => ({ member: address, ip: deps.ip(address), port, protocol }))
      : [],
  );
  const led = forwards.filter(isOpen).map(({ to, port, protocol }) => {
    const member = isMember(to) ? to : undefined;
    return { member, ip: member === undefined ? to : deps.ip(member, name), port, protocol };
  });
  return [...own, ...led];
}

/** Whether ports of the host lead into a network. */
export function leadsInto(network: Address, { forwards }: NetworkSpec, deps: Dependencies): boolean {
  if (forwards !== undefined) return true;
  const name = network.slice('network.'.length);
  return membersOf(network, deps).some(
    ({ spec }) => 'ports' in spec && spec.ports.length > 0 && isFirst(spec, name),
  );
}

export function isMember(to: string): to is Address {
  return /^(?:container|vm)\./.test(to);
}

function isOpen({ address }: { readonly address?: string }): boolean {
  return address?.startsWith('127.') !== true;
}
