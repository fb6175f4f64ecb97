import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { NovaError } from '../../../schema/errors.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { dnsmasqConf } from '../../../reconcilers/network/dnsmasqConf.ts';
import { placeOf, type Place } from '../../../reconcilers/network/place.ts';
import { lan, nat, scope } from './specs.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nova-dnsmasq-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const variants: readonly { readonly what: string; readonly spec: NetworkSpec }[] = [
  { what: 'nat', spec: nat },
  { what: 'internal', spec: { ...nat, profile: 'internal' } },
  { what: 'names only', spec: withoutRange(nat) },
  { what: 'leases only', spec: { ...nat, dns: false } },
];

describe('dnsmasqConf', () => {
  it('serves names and leases on a nat network', () => {
    expect(
      dnsmasqConf(lan, nat).replaceAll(lan.paths.folder, 'RUN').replaceAll(lan.paths.leasesFolder, 'DATA'),
    ).toBe(`\
# Written by Nova, and written again when it is changed.
interface=lan
except-interface=lo
bind-dynamic
no-hosts
domain=lan.internal
local=/lan.internal/
expand-hosts
domain-needed
bogus-priv
hostsdir=RUN/hosts
dhcp-range=192.168.77.50,192.168.77.150,255.255.255.0,12h
dhcp-lease-max=254
dhcp-hostsdir=RUN/dhcp-hosts
dhcp-leasefile=DATA/leases
dhcp-authoritative
log-facility=RUN/dnsmasq.log
`);
  });

  it('has no way out for an internal network: no upstream server, no router', () => {
    const added = new Set(linesOf({ ...nat, profile: 'internal' })).difference(new Set(linesOf(nat)));
    expect([...added]).toEqual(['no-resolv', 'dhcp-option=option:router']);
  });

  it('answers no questions where there is no DNS', () => {
    expect(linesOf({ ...nat, dns: false })).toContain('port=0');
    expect(linesOf({ ...nat, dns: false }).filter((line) => /^(domain|local|hostsdir)=/.test(line))).toEqual(
      [],
    );
  });

  it.each(variants)('is taken by dnsmasq: $what', ({ spec }) => {
    expect(tested(dnsmasqConf(lan, spec))).toBe('dnsmasq: syntax check OK.');
  });

  it('law: no domain gets a line of its own into it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), nasty), (domain) => {
        const config = attempt(lan, { ...nat, domain });
        if (config !== undefined) expect(keysOf(config)).toEqual(keysOf(dnsmasqConf(lan, nat)));
      }),
    );
  });

  it('law: a data directory of any name is taken literally, or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 1 }), nasty), (name) => {
        const place = placeOf({ ...scope, data: join(folder, name) }, 'demo', 'network.lan');
        const config = attempt(place, nat);
        if (config === undefined) return;
        expect(keysOf(config)).toEqual(keysOf(dnsmasqConf(lan, nat)));
        expect(tested(config)).toBe('dnsmasq: syntax check OK.');
      }),
      { numRuns: 50 },
    );
  });
});

const nasty = fc
  .array(
    fc.constantFrom('\n', '\r', '"', '\\', '#', ' ', ',', '/', '=', 'a', '.', '\0', '\t', 'dhcp-script=/x'),
    { minLength: 1 },
  )
  .map((parts) => parts.join(''));

function attempt(place: Place, spec: NetworkSpec): string | undefined {
  try {
    return dnsmasqConf(place, spec);
  } catch (error) {
    expect(error).toBeInstanceOf(NovaError);
    return undefined;
  }
}

/** What `dnsmasq --test` says of it. */
function tested(config: string): string {
  const file = join(folder, 'dnsmasq.conf');
  writeFileSync(file, config);
  return spawnSync('dnsmasq', ['--test', `--conf-file=${file}`], { encoding: 'utf8' }).stderr.trim();
}

function linesOf(spec: NetworkSpec): readonly string[] {
  return dnsmasqConf(lan, spec).split('\n');
}

function keysOf(config: string): readonly string[] {
  return config.split(/[\r\n]/).map((line) => line.split('=')[0] ?? '');
}

function withoutRange({ dhcp_range: _range, ...spec }: NetworkSpec): NetworkSpec {
  return spec;
}
