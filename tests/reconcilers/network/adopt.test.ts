import { describe, expect, it } from 'vitest';

import { apply, plan } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const network = (name: string, profile: string, more = '') => `project = "demo"
${more}
[network.${name}]
type = "bridge"
profile = "${profile}"
subnet = "10.44.0.1/24"
dns = false
adopt = true
`;

async function withBridge() {
  const host = makeWorld();
  host.kernel.ip('link add name hand type bridge');
  host.kernel.ip('link set hand up');
  host.kernel.ip('addr add 10.44.0.1/24 dev hand');
  const mac = async (name: string) => (await host.view().links()).find((link) => link.name === name)?.mac;
  return { host, mac };
}

describe('a bridge that is adopted', () => {
  it('gets the mark and nothing else, where its profile asks for nothing', async () => {
    const { host, mac } = await withBridge();
    const [before, address] = [host.print(), await mac('hand')];
    const manifest = await readManifest(network('hand', 'external'));
    await apply(host, manifest);
    expect(await plan(host, manifest)).toEqual([]);
    expect(await mac('hand')).toBe(address);
    const changed = host
      .print()
      .split('\n')
      .filter((line) => !before.split('\n').includes(line));
    expect(changed.filter((line) => !line.includes('nova'))).toEqual([]);
  });

  it('keeps its MAC address when it is called otherwise, and when its profile adds rules', async () => {
    const { host, mac } = await withBridge();
    const address = await mac('hand');
    await apply(host, await readManifest(network('hand', 'internal')));
    const moved = 'moved = [{ from = "network.hand", to = "network.renamed" }]';
    const renamed = await readManifest(network('renamed', 'internal', moved));
    await apply(host, renamed);
    expect(await plan(host, renamed)).toEqual([]);
    expect(await mac('renamed')).toBe(address);
    host.kernel.ip('link set renamed mtu 1300');
    await apply(host, renamed);
    expect(await mac('renamed')).toBe(address);
  });
});
