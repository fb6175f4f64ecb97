import { describe, expect, it } from 'vitest';

import type { ContainerSpec } from '../../../../schema/container.ts';
import type { Resource } from '../../../../schema/manifest.ts';
import type { Services } from '../../../../schema/services.ts';
import { diff } from '../../../../reconcilers/network/diff.ts';
import { dnsmasqConf } from '../../../../reconcilers/network/dnsmasq/dnsmasqConf.ts';
import { serviceLines, servicesOf } from '../../../../reconcilers/network/dnsmasq/services.ts';
import { alone, converged, declared, lan, nat } from '../specs.ts';

function member(name: string, services: Services): Resource<'container'> {
  const spec = { services } as unknown as ContainerSpec;
  const at = { file: 'NovaFile.toml', line: 1, column: 1 };
  return { address: `container.${name}`, kind: 'container', name, spec, at, dependsOn: [] };
}

const http = { port: 80, protocol: 'tcp' } as const;
const withMembers = (...members: readonly Resource<'container'>[]) => ({
  ...alone,
  members: (network: string) => (network === 'lan' ? members : []),
});

describe('services of members', () => {
  it('are told by DNS with and without the domain, in an order that does not change', () => {
    const deps = withMembers(
      member('web', { sip: { port: 5060, protocol: 'udp' }, http }),
      member('api', { http: { ...http, port: 8080 } }),
    );
    expect(serviceLines(servicesOf('network.lan', nat, deps))).toEqual([
      'srv-host=_http._tcp.api,api.lan.internal,8080',
      'srv-host=_http._tcp.api.lan.internal,api.lan.internal,8080',
      'srv-host=_http._tcp.web,web.lan.internal,80',
      'srv-host=_http._tcp.web.lan.internal,web.lan.internal,80',
      'srv-host=_sip._udp.web,web.lan.internal,5060',
      'srv-host=_sip._udp.web.lan.internal,web.lan.internal,5060',
    ]);
    expect(servicesOf('network.other', nat, deps)).toEqual([]);
    expect(servicesOf('network.lan', { ...nat, dns: false }, deps)).toEqual([]);
  });

  it('are a change of the network that says which', () => {
    const deps = withMembers(member('web', { http }));
    const before = converged(nat);
    const steps = diff({ address: 'network.lan', resource: declared(nat), seen: before, deps });
    expect(steps.map(({ id }) => id)).toEqual(['dnsmasq.config', 'dnsmasq.start']);
    expect(steps[0]?.changes).toEqual([{ path: 'services', before: undefined, after: '_http._tcp.web:80' }]);
    const config = dnsmasqConf(lan, nat, deps);
    const seen = { ...before, dnsmasq: { ...before.dnsmasq, config } };
    expect(diff({ address: 'network.lan', resource: declared(nat), seen, deps })).toEqual([]);
  });

  it('cannot bring a line of their own', () => {
    for (const name of ['a,b', 'a\nserver=1.2.3.4', 'a#', 'a b', '"'])
      expect(() => serviceLines([{ name, target: 'web.lan.internal', port: 80 }])).toThrow('cannot be given');
  });
});
