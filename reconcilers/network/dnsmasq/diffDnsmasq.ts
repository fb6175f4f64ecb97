import { policyOf } from '../../../schema/common.ts';
import type { Resource } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { Dependencies, FieldChange } from '../../reconciler.ts';
import type { NetworkStep } from '../diff.ts';
import { dnsmasqConf, needsDnsmasq } from './dnsmasqConf.ts';
import { dnsmasqFields } from './dnsmasqFields.ts';
import { diffOwnFiles } from './diffOwnFiles.ts';
import type { DnsmasqSeen, NetworkSeen } from '../seen.ts';

/**
 * All of it is `live`: the members keep their links and leases, and ask again when an answer does not come while
 * dnsmasq is started anew.
 */
export function diffDnsmasq(
  resource: Resource<'network'>,
  seen: NetworkSeen,
  deps: Pick<Dependencies, 'members'>,
): readonly NetworkStep[] {
  const { dnsmasq, place } = seen;
  const spec = asTold(resource, dnsmasq);
  if (!needsDnsmasq(spec)) return isServed(dnsmasq) ? [without(dnsmasq)] : [];
  const config = dnsmasqConf(place, spec, deps);
  const stale = dnsmasq.config !== config || !dnsmasq.folders;
  return [...configure(spec, dnsmasq, config), ...start(dnsmasq, stale)];
}

/** An MTU that is left alone is left alone in what DHCP tells of it as well. */
function asTold(resource: Resource<'network'>, { config }: DnsmasqSeen): NetworkSpec {
  const { spec } = resource;
  if (config === undefined || !policyOf(resource).ignore_changes.includes('mtu')) return spec;
  return { ...spec, mtu: Number(dnsmasqFields(config).get('mtu')) };
}

/** Anything of a dnsmasq is there. */
export function isServed({ process, astray, config }: DnsmasqSeen): boolean {
  return process !== 'none' || astray || config !== undefined;
}

function without(dnsmasq: DnsmasqSeen): NetworkStep {
  const changes = [{ path: 'dnsmasq', before: dnsmasq.process, after: undefined }];
  return {
    id: 'dnsmasq.remove',
    effect: 'live',
    class: 'changed',
    reason: 'nothing here needs dnsmasq any more',
    changes,
  };
}

function configure(spec: NetworkSpec, dnsmasq: DnsmasqSeen, config: string): readonly NetworkStep[] {
  // Ranges go with what they are of.
  const gone = [
    ...(spec.subnet === undefined ? ['dhcp_range', 'gateway', 'mtu'] : []),
    ...(spec.subnet6 === undefined ? ['dhcp_range6', 'ra'] : []),
  ];
  const changes = [
    ...changedFields(dnsmasq.config, config, gone),
    ...(dnsmasq.folders ? [] : [{ path: 'dnsmasq', before: 'a folder is missing', after: 'as configured' }]),
    ...diffOwnFiles(spec, dnsmasq.files),
  ];
  if (changes.length === 0) return [];
  const reason = `the configuration of dnsmasq is ${dnsmasq.config === undefined ? 'missing' : 'different'}: ${changes.map(({ path }) => path).join(', ')}`;
  return [{ id: 'dnsmasq.config', effect: 'live', class: 'changed', reason, changes }];
}

/** In the NovaFile's words as far as it has one for the line. */
function changedFields(
  seen: string | undefined,
  expected: string,
  gone: readonly string[],
): readonly FieldChange[] {
  if (seen === expected) return [];
  if (seen === undefined) return [{ path: 'dnsmasq', before: undefined, after: 'as configured' }];
  const before = dnsmasqFields(seen);
  const after = dnsmasqFields(expected);
  const named = [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path) && !gone.includes(path))
    .map((path) => ({ path, before: before.get(path), after: after.get(path) }));
  return named.length > 0 ? named : [{ path: 'dnsmasq', before: 'edited', after: 'as configured' }];
}

function start({ process, astray, forgets }: DnsmasqSeen, stale: boolean): readonly NetworkStep[] {
  const base = { id: 'dnsmasq.start', effect: 'live' } as const;
  const change = { path: 'dnsmasq', before: process === 'none' ? 'not running' : process, after: 'running' };
  if (process === 'none')
    return [{ ...base, class: 'stopped', reason: 'dnsmasq is not running', changes: [change] }];
  if (process === 'stopped') {
    return [{ ...base, class: 'stopped', reason: 'dnsmasq is stopped by a signal', changes: [change] }];
  }
  if (astray) {
    const reason = 'dnsmasq runs once more, out of its place';
    return [{ ...base, class: 'changed', reason, changes: [{ ...change, before: 'running twice' }] }];
  }
  if (forgets === true && !stale) {
    const reason = 'the file in which dnsmasq keeps its leases is gone; it makes one when it starts';
    const lost = { path: 'leases', before: 'gone', after: 'there' };
    return [{ ...base, class: 'changed', reason, changes: [lost] }];
  }
  return stale
    ? [{ ...base, class: 'changed', reason: 'dnsmasq reads its configuration anew', changes: [] }]
    : [];
}
