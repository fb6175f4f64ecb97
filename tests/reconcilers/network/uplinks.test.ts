import { describe, expect, it } from 'vitest';

import { createFakeHost, type FakeHost } from '../../../fixtures/fakeHost.ts';
import { network } from '../../../reconcilers/network/index.ts';
import type { Obstacle } from '../../../reconcilers/reconciler.ts';
import type { Resource } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';

const external: NetworkSpec = {
  type: 'bridge',
  profile: 'external',
  interfaces: ['wan0'],
  dns: false,
  domain: 'lan.internal',
  mtu: 1500,
};

function makeHost(): FakeHost {
  const host = createFakeHost();
  const commands = [
    'link add name wan0 type veth peer name far0',
    'link set wan0 up',
    'addr add 10.9.9.2/24 dev wan0',
  ];
  for (const command of [...commands, 'route add default via 10.9.9.1 dev wan0']) host.kernel.ip(command);
  return host;
}

function declared(spec: NetworkSpec): Resource<'network'> {
  const at = { file: 'NovaFile.toml', line: 1, column: 1 };
  return { address: 'network.lan', kind: 'network', name: 'lan', spec, at, dependsOn: [] };
}

async function apply(host: FakeHost, spec: NetworkSpec | undefined): Promise<readonly string[]> {
  const deps = { spec: () => undefined, outputs: () => undefined, ip: () => undefined };
  const resource = spec && declared(spec);
  const address = 'network.lan';
  const { wanted, strays } = await network.observe(host.view(), resource === undefined ? [] : [resource]);
  const seen = wanted.get(address);
  const found = seen?.status === 'present' ? seen.seen : strays.get(address);
  const steps = network.diff({ address, resource, seen: found, deps });
  for (const step of steps)
    await network.converge(
      host,
      { address, step, resource, seen: found, deps },
      new AbortController().signal,
    );
  return steps.map(({ id }) => id);
}

async function problems(host: FakeHost, spec: NetworkSpec): Promise<readonly Obstacle[]> {
  return (await network.observe(host.view(), [declared(spec)])).wanted.get('network.lan')?.problems ?? [];
}

describe('an interface in a bridge', () => {
  it('takes addresses and routes along, and the plan says so', async () => {
    const host = makeHost();
    expect(await apply(host, external)).toEqual(['bridge.create', 'uplinks']);
    expect(host.print()).toMatch(/default via 10\.9\.9\.1 dev lan/);
    expect(await apply(host, external)).toEqual([]);
  });

  it('gives each interface back what came with it', async () => {
    const host = makeHost();
    for (const command of ['link add name wan1 type veth peer name far1', 'addr add 10.8.8.2/24 dev wan1'])
      host.kernel.ip(command);
    const before = host.print();
    await apply(host, { ...external, interfaces: ['wan0', 'wan1'] });
    await apply(host, undefined);
    expect(host.print().split('files')[0]).toBe(before.split('files')[0]);
  });

  it.each([
    { when: 'any more', link: 'lan', message: /taken back/ },
    { when: 'even before', link: 'wan0', message: /nothing was changed/ },
  ])('is as it was when the gateway does not answer $when', async ({ link, message }) => {
    const host = makeHost();
    host.kernel.silence('10.9.9.1', link);
    await expect(apply(host, external)).rejects.toMatchObject({
      code: 'network.cut-off',
      message: expect.stringMatching(message) as string,
    });
    expect(host.print()).toMatch(/default via 10\.9\.9\.1 dev wan0/);
    expect(host.print()).toMatch(/link wan0 veth up mtu 1500 .*10\.9\.9\.2\/24/);
  });

  it.each([
    { hand: 'link add name br9 type bridge|link set wan0 master br9', why: /wan0 is a port of br9 already/ },
    {
      hand: 'link set wan0 alias nova:3f2a9c1b/other/container.web',
      why: /wan0 is a link that Nova has made/,
    },
  ])('is refused with a reason: $why', async ({ hand, why }) => {
    const host = makeHost();
    for (const command of hand.split('|')) host.kernel.ip(command);
    expect(await problems(host, external)).toMatchObject([
      { code: 'network.interface', message: expect.stringMatching(why) as string, path: ['interfaces', 0] },
    ]);
  });

  it('is refused as the only way to the host where nothing takes it back', async () => {
    const host = makeHost();
    expect(await problems(host, { ...external, confirm_timeout: 0 })).toMatchObject([
      {
        code: 'network.interface',
        message: expect.stringMatching(/^wan0 has the only default route/) as string,
      },
    ]);
    expect(await problems(host, external)).toEqual([]);
  });
});
