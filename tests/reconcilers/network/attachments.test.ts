import { describe, expect, it } from 'vitest';

import { dependenciesOf } from '../../../controller/plan/dependencies.ts';
import { identityOf, linkName } from '../../../reconcilers/identity.ts';
import { attachmentIdentity, attachmentsOf } from '../../../reconcilers/network/attachments.ts';
import { networkRules } from '../../../reconcilers/network/rules/networkRules.ts';
import { placeOf } from '../../../reconcilers/network/place.ts';
import { servicesOf } from '../../../reconcilers/network/dnsmasq/services.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { parseNovaFile } from '../../../schema/parse.ts';
import { scope } from './specs.ts';

const text = `project = "demo"
[network.wan]
profile = "nat"
subnet = "10.44.0.1/24"

[network.lan]
profile = "internal"
subnet = "10.45.0.1/24"
subnet6 = "fd00:45::1/64"
policy = "closed"
allow = ["container.web -> container.db:5432", "container.db -> container.web:81"]

[container.web]
capsule = "."
command = ["/bin/true"]
network = { name = "wan", ip = "10.44.0.9" }
nics = [{ network = "lan", ip = "10.45.0.9" }]
ports = ["8080:80"]
services = { http = 80 }
health = { tcp = 80 }

[container.db]
capsule = "."
command = ["/bin/true"]
network = { name = "lan", ip = "10.45.0.8" }
`;

async function declared() {
  const parsed = await parseNovaFile({ text, file: '/srv/NovaFile.toml' });
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
  const deps = dependenciesOf(parsed.manifest, () => undefined);
  const rulesOf = (name: string) => {
    const spec = deps.spec('network', name) as NetworkSpec;
    return JSON.stringify(networkRules(placeOf(scope, 'demo', `network.${name}`), spec, deps));
  };
  return { deps, rulesOf };
}

describe('attachmentsOf', () => {
  it('tells the first before the further ones', () => {
    const spec = { network: { name: 'lan', ip: '10.0.0.9' }, nics: [{ network: 'dmz' }] };
    expect(attachmentsOf(spec)).toEqual([{ network: 'lan', ip: '10.0.0.9' }, { network: 'dmz' }]);
    expect(attachmentsOf({ nics: [{ network: 'dmz' }] })).toEqual([{ network: 'dmz' }]);
    expect(attachmentsOf({})).toEqual([]);
  });
});

describe('attachmentIdentity', () => {
  const web = { address: 'container.web', spec: { network: { name: 'wan' }, nics: [] } } as const;
  const of = (network: string) => attachmentIdentity({ scope, project: 'demo' }, web, network);

  it('is the own one by the first, whatever network that is, and another one by each further', () => {
    expect(of('wan')).toBe(identityOf(scope, 'demo', 'container.web'));
    expect(new Set(['wan', 'lan', 'dmz'].map(of)).size).toBe(3);
  });
});

describe('somebody on two networks', () => {
  it('has an address on each, and its own is the one of the first', async () => {
    const { deps } = await declared();
    const ip6 = deps.ip6?.('container.web', 'lan');
    expect(ip6).toMatch(/^fd00:45::/);
    expect(deps.ip('container.web')).toBe('10.44.0.9');
    expect(deps.ip('container.web', 'wan')).toBe('10.44.0.9');
    expect(deps.ip('container.web', 'lan')).toBe('10.45.0.9');
    expect(deps.ip6?.('container.web')).toBeUndefined();
    expect(deps.ip6?.('container.db')).not.toBe(ip6);
  });

  it('is a member of both, and its services are told on both', async () => {
    const { deps } = await declared();
    for (const name of ['wan', 'lan']) {
      expect(deps.members?.(name).map(({ address }) => address)).toContain('container.web');
      const spec = deps.spec('network', name) as NetworkSpec;
      expect(servicesOf(`network.${name}`, spec, deps).map(({ target }) => target)).toContain(
        `web.${spec.domain}`,
      );
    }
  });

  it('is told by its address and its port there in the rules of each', async () => {
    const { deps, rulesOf } = await declared();
    const further = linkName(
      attachmentIdentity(
        { scope, project: 'demo' },
        { address: 'container.web', spec: deps.spec('container', 'web') ?? {} },
        'lan',
      ),
    );
    expect(rulesOf('lan')).toContain(further);
    expect(rulesOf('lan')).toContain('10.45.0.9');
    // From its other network it may come as well.
    expect(rulesOf('lan')).toContain('10.44.0.9');
    expect(rulesOf('lan')).not.toContain(linkName(identityOf(scope, 'demo', 'container.web')));
  });

  it('is published, and asked how it is, by its first alone', async () => {
    const { rulesOf } = await declared();
    // Its health check and its port are both 80; what lan allows is 81 and 5432.
    expect(rulesOf('lan')).not.toContain('"right":80}');
    expect(rulesOf('lan')).toContain('"right":81}');
  });
});
