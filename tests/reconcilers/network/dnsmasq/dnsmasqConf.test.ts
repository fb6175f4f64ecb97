import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { NovaError } from '../../../../schema/errors.ts';
import type { Resource } from '../../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../../schema/network.ts';
import { arbitraryManifest } from '../../../../fixtures/arbitraries.ts';
import { dnsmasqConf, needsDnsmasq } from '../../../../reconcilers/network/dnsmasq/dnsmasqConf.ts';
import { placeOf, type Place } from '../../../../reconcilers/network/place.ts';
import { alone, dual, lan, nat, scope } from '../specs.ts';

const {
  subnet: _subnet,
  dhcp_range: _range,
  ...six
}: NetworkSpec = {
  ...nat,
  profile: 'internal',
  subnet6: 'fd00:77::1/64',
};

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
  { what: 'both families', spec: dual },
  { what: 'both families within', spec: { ...dual, profile: 'internal' } },
  { what: 'IPv6 alone', spec: six },
  { what: 'a small IPv6 subnet', spec: { ...six, subnet6: 'fd00:77::1/126' } },
  { what: 'unannounced', spec: { ...dual, ra: false } },
];

describe('dnsmasqConf', () => {
  it('serves names and leases on a nat network', () => {
    expect(
      dnsmasqConf(lan, nat, alone)
        .replaceAll(lan.paths.folder, 'RUN')
        .replaceAll(lan.paths.leasesFolder, 'DATA'),
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

  it('announces an IPv6 subnet, of which stations take addresses of their own, and lends some', () => {
    const added = linesOf(dual).filter((line) => !linesOf(nat).includes(line));
    expect(added).toEqual([
      'dhcp-range=fd00:77::100,fd00:77::1ff,slaac,64,12h',
      'enable-ra',
      `dhcp-lease-max=${254 + 65_536}`,
    ]);
  });

  it.each([
    {
      reason: 'it leads nowhere',
      spec: six,
      lines: ['dhcp-range=fd00:77::,static,slaac,64,12h', 'enable-ra', 'ra-param=lan,0,0'],
    },
    {
      reason: 'stations have too few bits for addresses of their own',
      spec: { ...six, subnet6: 'fd00:77::1/120' },
      lines: ['dhcp-range=fd00:77::,static,120,12h', 'enable-ra', 'ra-param=lan,0,0', 'dhcp-lease-max=255'],
    },
    { reason: 'ra is false', spec: { ...six, ra: false }, lines: ['dhcp-range=fd00:77::,static,64,12h'] },
  ])('says so of an IPv6 subnet when $reason', ({ spec, lines }) => {
    const told = linesOf(spec).filter((line) =>
      /^(dhcp-range|enable-ra|ra-param|dhcp-lease-max=255)/.test(line),
    );
    expect(told).toEqual(lines);
  });

  it('answers no questions where there is no DNS', () => {
    expect(linesOf({ ...nat, dns: false })).toContain('port=0');
    expect(linesOf({ ...nat, dns: false }).filter((line) => /^(domain|local|hostsdir)=/.test(line))).toEqual(
      [],
    );
  });

  it.each(variants)('is taken by dnsmasq: $what', ({ spec }) => {
    expect(tested(dnsmasqConf(lan, spec, alone))).toBe('dnsmasq: syntax check OK.');
  });

  it('law: dnsmasq takes whatever a network is configured as', () => {
    fc.assert(
      fc.property(arbitraryManifest({ everything: true }), ({ resources }) => {
        for (const { kind, address, spec } of resources) {
          if (kind !== 'network' || !needsDnsmasq(spec as NetworkSpec)) continue;
          const on = (member: Resource): member is Resource<'container'> | Resource<'vm'> =>
            (member.kind === 'container' || member.kind === 'vm') &&
            'network' in member.spec &&
            `network.${member.spec.network?.name}` === address;
          const members = () => resources.filter(on);
          const config = dnsmasqConf(placeOf(scope, 'demo', address), spec as NetworkSpec, { members });
          expect(tested(config)).toBe('dnsmasq: syntax check OK.');
        }
      }),
      { numRuns: 40 },
    );
  });

  it('law: no domain gets a line of its own into it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), nasty), (domain) => {
        const config = attempt(lan, { ...nat, domain });
        if (config !== undefined) expect(keysOf(config)).toEqual(keysOf(dnsmasqConf(lan, nat, alone)));
      }),
    );
  });

  it('law: a data directory of any name is taken literally, or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 1 }), nasty), (name) => {
        const place = placeOf({ ...scope, data: join(folder, name) }, 'demo', 'network.lan');
        const config = attempt(place, nat);
        if (config === undefined) return;
        expect(keysOf(config)).toEqual(keysOf(dnsmasqConf(lan, nat, alone)));
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
    return dnsmasqConf(place, spec, alone);
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
  return dnsmasqConf(lan, spec, alone).split('\n');
}

function keysOf(config: string): readonly string[] {
  return config.split(/[\r\n]/).map((line) => line.split('=')[0] ?? '');
}

function withoutRange({ dhcp_range: _range, ...spec }: NetworkSpec): NetworkSpec {
  return spec;
}
