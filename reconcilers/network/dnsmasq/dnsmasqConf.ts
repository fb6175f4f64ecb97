import { NovaError } from '../../../schema/errors.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { Dependencies } from '../../reconciler.ts';
import { isAnnounced } from './announced.ts';
import { leasesConf } from './dnsmasqLeases.ts';
import { hostAddresses } from '../addresses/hostAddresses.ts';
import type { Place } from '../place.ts';
import { serviceLines, servicesOf } from './services.ts';

/** Whether a network needs a dnsmasq at all. */
export function needsDnsmasq(spec: NetworkSpec): boolean {
  const { type, subnet, subnet6, dns, dhcp_range, dhcp_range6 } = spec;
  // The host has no link to those who share one of its own.
  if (type === 'macvlan') return false;
  if (subnet === undefined && subnet6 === undefined) return false;
  const lends = [dhcp_range, dhcp_range6, spec.reservations].some((each) => each !== undefined);
  return dns || lends || isAnnounced(spec);
}

/**
 * dnsmasq.conf(5) of a network. `bind-dynamic` lets it live through its bridge being made again.
 * @throws NovaError `schema.value` for a text that dnsmasq would not take literally
 */
export function dnsmasqConf(place: Place, spec: NetworkSpec, deps: Pick<Dependencies, 'members'>): string {
  return [
    '# Written by Nova, and written again when it is changed.',
    line('interface', place.bridge),
    'except-interface=lo',
    'bind-dynamic',
    'no-hosts',
    ...names(place, spec),
    ...serviceLines(servicesOf(place.address, spec, deps)),
    ...leasesConf(place, spec, line),
    line('log-facility', place.paths.log),
    '',
  ].join('\n');
}

/** The name under which the members find the host: not a name that a resource can have. */
export function gatewayName(spec: NetworkSpec): string {
  return `_gateway.${spec.domain}`;
}

/** hosts(5) of the gateway: what shows that dnsmasq answers. */
export function gatewayHosts(spec: NetworkSpec): string {
  return hostAddresses(spec)
    .map((ip) => `${ip} ${gatewayName(spec)}\n`)
    .join('');
}

function names({ paths }: Place, { dns, domain, profile }: NetworkSpec): readonly string[] {
  if (!dns) return ['port=0'];
  return [
    // Only members that may leave the network may ask for names out there: a question is a way out as well.
    ...(profile === 'internal' ? ['no-resolv'] : []),
    line('domain', domainName(domain)),
    line('local', `/${domainName(domain)}/`),
    'expand-hosts',
    'domain-needed',
    'bogus-priv',
    line('hostsdir', paths.hosts),
  ];
}

/** Quoted where dnsmasq would read more into it: spaces, `#`, quotes and backslashes. */
function line(key: string, value: string): string {
  if (/[\p{Cc}\u2028\u2029]/u.test(value)) throw invalid(key, value);
  const text = /^[A-Za-z0-9_./@%+-]*$/.test(value)
    ? value
    : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  return `${key}=${text}`;
}

function domainName(domain: string): string {
  const labels = domain.split('.');
  const valid = labels.every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label));
  if (!valid || domain.length > 253) throw invalid('domain', domain);
  return domain;
}

function invalid(key: string, value: string): NovaError {
  return new NovaError('schema.value', `${key} ${JSON.stringify(value)} cannot be given to dnsmasq`, {
    hint: 'use letters, digits, dots and hyphens',
  });
}
