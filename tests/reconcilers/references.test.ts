import { describe, expect, it } from 'vitest';

import { apply, plan } from '../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../contracts/reconciler/world.ts';

const novaFile = (ip: string) => `project = "demo"
[network.lan]
subnet = "192.168.77.1/24"
[container.boot]
capsule = "/lab/busybox"
command = ["/bin/serve"]
network = { name = "lan", ip = "${ip}" }
health = { exec = ["check", "\${network.lan.gateway}", "$\${HOME}"] }
[vm.box]
boot = { kernel = "/lab/debian.raw", cmdline = "quiet server=\${container.boot.ip} shell=$\${0}" }
network = "lan"
`;

describe('references to what others tell', () => {
  it('are filled in where a kernel is told something, and a change is taken up', async () => {
    const host = makeWorld();
    for (const ip of ['192.168.77.9', '192.168.77.10']) {
      const manifest = await readManifest(novaFile(ip));
      expect(manifest.resources.find(({ address }) => address === 'vm.box')?.dependsOn).toContain(
        'container.boot',
      );
      await apply(host, manifest);
      expect(await plan(host, manifest)).toEqual([]);
      expect(host.print()).toContain(`-append quiet server=${ip} shell=\${0}`);
    }
  });

  it('are filled in in a health check', async () => {
    const host = makeWorld();
    const asked: (readonly string[])[] = [];
    const { exec } = host.probe;
    const probe: typeof host.probe = {
      ...host.probe,
      exec: (id, argv, ms, signal) => {
        asked.push(argv);
        return exec(id, argv, ms, signal);
      },
    };
    await apply({ ...host, probe }, await readManifest(novaFile('192.168.77.9')));
    expect(asked[0]).toEqual(['check', '192.168.77.1', '${HOME}']);
  });
});
