import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { must, run } from './support/shell.ts';
import { makeTinyGuest } from './support/tinyGuest.ts';
import { createWorld, type World } from './support/world.ts';

let world: World;
let container: string;

beforeAll(async () => {
  world = await createWorld();
  container = `nvt-import-${world.netns.slice(4)}`;
  await must(['ip', 'netns', 'add', world.netns]);
  await world.inside(['ip', 'link', 'set', 'lo', 'up']);
});

afterAll(async () => {
  await run(['runc', 'delete', '--force', container]);
  await world[Symbol.asyncDispose]();
});

describe('nova import', () => {
  it('prints the NovaFile of a bridge, after which nothing but the mark on it changes', async () => {
    await world.inside(['ip', 'link', 'add', 'by-hand', 'mtu', '1400', 'type', 'bridge']);
    await world.inside(['ip', 'address', 'add', '10.44.0.1/24', 'dev', 'by-hand']);
    await world.inside(['ip', 'address', 'add', 'fd00:44::1/64', 'dev', 'by-hand', 'nodad']);
    await world.inside(['ip', 'link', 'set', 'by-hand', 'up']);
    await world.inside([
      'ip',
      'link',
      'add',
      'guest',
      'mtu',
      '1400',
      'type',
      'veth',
      'peer',
      'name',
      'inner',
    ]);
    await world.inside(['ip', 'link', 'set', 'guest', 'master', 'by-hand', 'up']);
    await world.inside(['nft', 'add table inet theirs']);
    await world.inside(['nft', 'add chain inet theirs forward { type filter hook forward priority 0; }']);
    await world.inside(['nft', 'add rule inet theirs forward iifname by-hand accept']);
    const before = await state('by-hand');
    const text = await world.novaMust(['import', 'by-hand']);
    expect(text).toContain(
      '[network.by-hand]\ntype = "bridge"\nprofile = "external"\nsubnet = "10.44.0.1/24"\nsubnet6 = "fd00:44::1/64"\nra = false\nmtu = 1400\n',
    );
    expect(text).toContain('# What is on it stays on it: guest.');
    expect(text).toContain('adopt = true');
    await world.write(text);
    await world.novaMust(['validate']);
    const plan = JSON.parse(await world.novaMust(['plan', '--json'])) as Planned;
    expect(plan.resource_changes.map(({ address, steps }) => [address, steps.map(({ id }) => id)])).toEqual([
      ['network.by-hand', ['adopt']],
    ]);
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    expect(await state('by-hand')).toEqual(before);
    // It stays so when it is called otherwise.
    await world.write(
      text
        .replaceAll('network.by-hand', 'network.renamed')
        .replace('"imported"', '"imported"\nmoved = [{ from = "network.by-hand", to = "network.renamed" }]'),
    );
    await world.novaMust(['apply', '--yes']);
    expect(await state('renamed')).toEqual(before);
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    await world.novaMust(['destroy', '--yes']);
    await world.inside(['ip', 'link', 'del', 'guest']);
    await world.inside(['nft', 'delete table inet theirs']);
  });

  it('prints the NovaFile of what was given up, which is taken over as it runs', async () => {
    const guest = await makeTinyGuest(world.folder);
    await world.write(`project = "lost"
[network.lan]
subnet = "192.168.77.1/24"
[volume.pages]
[container.job]
capsule = "./root"
command = ["sh", "-c", "echo kept > /kept; exec httpd -f -p 80 -h /srv"]
network = "lan"
volumes = ["pages:/srv"]
ports = ["8080:80"]
env = { MODE = "test" }
limits = { memory = "64Mi" }
stop_timeout = 1
[vm.box]
boot = { kernel = "${guest.kernel}", initrd = "${guest.initrd}", cmdline = "console=ttyS0 quiet" }
memory = "96Mi"
network = "lan"
stop_timeout = 1
`);
    await world.novaMust(['apply', '--yes']);
    const before = await running();
    const all = ['container.job', 'vm.box', 'network.lan', 'volume.pages'];
    await world.novaMust(['forget', ...all, '--yes']);
    const text = await world.novaMust(['import', 'job', 'box']);
    expect(text).toContain('project = "lost"');
    expect(text.match(/adopt = true/g)).toHaveLength(4);
    await world.write(text);
    const plan = JSON.parse(await world.novaMust(['plan', '--json'])) as Planned;
    // Marks are on rules of the packet filter too.
    const marked = plan.resource_changes.map(({ address, steps }) => {
      const ids = steps.map(({ id }) => id).filter((id) => id !== 'rules' && id !== 'ports');
      return `${address} ${ids.join(' ')}`;
    });
    expect(marked.toSorted()).toEqual(all.toSorted().map((address) => `${address} adopt`));
    await world.novaMust(['apply', '--yes']);
    expect(await running()).toEqual(before);
    expect(before.length).toBeGreaterThan(1);
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    expect(await world.novaMust(['exec', 'job', '--', 'cat', '/kept'])).toBe('kept\n');
    await world.novaMust(['destroy', '--yes', '--delete-volumes']);
  });

  it('says why a bridge cannot be taken over', async () => {
    await world.inside(['ip', 'link', 'add', 'two', 'up', 'type', 'bridge']);
    for (const ip of ['10.45.0.1/24', '10.46.0.1/24'])
      await world.inside(['ip', 'address', 'add', ip, 'dev', 'two']);
    const text = await world.novaMust(['import', 'two']);
    expect(text).toContain('# Nova cannot take it over as it is: it has several addresses');
    expect(text).not.toContain('adopt');
    await world.inside(['ip', 'link', 'del', 'two']);
  });

  it('prints the NovaFile of a container that runc runs', async () => {
    const bundle = join(world.folder, 'bundle');
    await mkdir(bundle);
    await must(['runc', 'spec'], { cwd: bundle });
    await must(['cp', '-r', join(world.folder, 'root'), join(bundle, 'rootfs')]);
    const config = JSON.parse(await must(['cat', join(bundle, 'config.json')]));
    Object.assign(config.process, {
      terminal: false,
      args: ['sleep', '4567'],
      env: ['PATH=/bin', 'MODE=test', 'DB_PASSWORD=canary-7d1c'],
    });
    await writeFile(join(bundle, 'config.json'), JSON.stringify(config));
    const child = spawn('runc', ['run', '--detach', '--bundle', bundle, container], { stdio: 'ignore' });
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
    const text = await world.novaMust(['import', container]);
    expect(text).toContain(
      `capsule = "${bundle}/rootfs"\ncommand = ["sleep", "4567"]\nenv = { MODE = "test", DB_PASSWORD = { secret = "${container}-db-password" } }`,
    );
    expect(text).not.toContain('canary');
    await world.write(text);
    await world.novaMust(['validate']);
  });

  it('prints the NovaFile of a QEMU, and names what it cannot say', async () => {
    const disk = join(world.folder, 'disk.raw');
    await must(['truncate', '--size', '1M', disk]);
    const name = `hand-${container}`;
    const child = spawn(
      'qemu-system-x86_64',
      [
        '-name',
        name,
        '-accel',
        'tcg',
        '-display',
        'none',
        '-m',
        '64',
        '-S',
        '-drive',
        'file=disk.raw,format=raw',
        '-nic',
        'user',
      ],
      { cwd: world.folder, stdio: 'ignore' },
    );
    try {
      await expect.poll(async () => (await world.nova(['import', name])).code, { timeout: 30_000 }).toBe(0);
      const text = await world.novaMust(['import', name]);
      expect(text).toContain(`image = "${disk}"\nmemory = "64Mi"\naccel = "tcg"\n`);
      expect(text).toContain('# Its network is left out: user.');
      await world.write(text);
      await world.novaMust(['validate']);
    } finally {
      child.kill('SIGKILL');
      await rm(disk, { force: true });
    }
  });

  it('says what can be imported when it is asked for something else', async () => {
    await world.inside(['ip', 'link', 'add', 'left', 'type', 'bridge']);
    const { code, stderr } = await world.nova(['import', 'nowhere']);
    expect(code).toBe(1);
    expect(stderr).toContain('nothing here that can be imported is called nowhere');
    expect(stderr).toContain('left (network)');
  });
});

interface Planned {
  readonly resource_changes: readonly {
    readonly address: string;
    readonly steps: readonly { readonly id: string }[];
  }[];
}

/** Every process of this host by id, with when it was started: what must not be restarted. */
async function running(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      const [cgroup, life] = await Promise.all([read('cgroup'), read('stat')]);
      // What changes the host for Nova ends by itself; a DNS server is started again with the mark, and without.
      const ours =
        !life.includes('(dnsmasq)') &&
        cgroup.includes(`/nova/${world.scope.id}/`) &&
        !cgroup.includes('/work-') &&
        life !== '';
      return ours ? [`${pid} ${life.slice(life.lastIndexOf(')')).split(' ')[20]}`] : [];
    }),
  );
  return found.flat().toSorted();
}

/** What must stay: which link it is, its MAC address, its addresses and members, and the rules of others. */
async function state(name: string): Promise<unknown> {
  interface Link {
    readonly ifindex: number;
    readonly address: string;
    readonly mtu: number;
    readonly master?: string;
    readonly ifname: string;
    readonly addr_info: readonly { readonly family: string; readonly local: string }[];
  }
  const links = JSON.parse(await world.inside(['ip', '-j', 'address', 'show'])) as Link[];
  const bridge = links.find(({ ifname }) => ifname === name);
  return {
    index: bridge?.ifindex,
    mac: bridge?.address,
    mtu: bridge?.mtu,
    ips: bridge?.addr_info.filter(({ local }) => !local.startsWith('fe80:')).map(({ local }) => local),
    members: links.filter(({ master }) => master === name).map(({ ifname }) => ifname),
    rules: await world.inside(['nft', 'list', 'table', 'inet', 'theirs']),
  };
}
