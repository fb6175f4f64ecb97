import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { must } from './support/shell.ts';
import { createWorld, type World } from './support/world.ts';

const worlds: World[] = [];

async function world(options?: Parameters<typeof createWorld>[0]): Promise<World> {
  const made = await createWorld(options);
  worlds.push(made);
  return made;
}

afterEach(async () => {
  for (const made of worlds.splice(0).toReversed()) await made[Symbol.asyncDispose]();
});

const project = (name: string, network: string, subnet: string, port: number) => `
project = "${name}"
[network.${network}]
subnet = "${subnet}"
[volume.data]
[container.app]
capsule = "./root"
command = ["sh", "-c", "trap 'exit 0' TERM; echo ${name} > /data/name; sleep 100000 & wait"]
network = "${network}"
volumes = ["data:/data"]
ports = ["${port}:80"]
stop_timeout = 2
`;

describe('two projects in one namespace', () => {
  it('do not see each other, and the namespace goes with the last one', async () => {
    const one = await world();
    const two = await world({ netns: one.netns });
    await one.write(project('one', 'lan1', '192.168.81.1/24', 8081));
    await two.write(project('two', 'lan2', '192.168.82.1/24', 8082));
    await one.novaMust(['apply', '--yes']);
    const alone = await one.novaMust(['ls', '--json']);
    await two.novaMust(['apply', '--yes']);
    expect([await one.drift(), await two.drift()]).toEqual([[], []]);
    expect(JSON.parse(await one.novaMust(['ls', '--json']))).toEqual(JSON.parse(alone));
    expect(await one.novaMust(['exec', 'app', '--', 'cat', '/data/name'])).toBe('one\n');
    expect(await two.novaMust(['exec', 'app', '--', 'cat', '/data/name'])).toBe('two\n');
    await one.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await two.drift()).toEqual([]);
    expect(await two.novaMust(['exec', 'app', '--', 'cat', '/data/name'])).toBe('two\n');
    await two.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await must(['ip', 'netns', 'list'])).not.toContain(one.netns);
  });

  it('of one data folder and one namespace share a scope: the namespace stays until both are gone', async () => {
    const one = await world();
    await one.write(project('one', 'lan1', '192.168.81.1/24', 8081));
    await one.novaMust(['apply', '--yes']);
    await one.write(project('two', 'lan2', '192.168.82.1/24', 8082));
    await one.novaMust(['apply', '--yes']);
    expect(await one.drift()).toEqual([]);
    await one.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await must(['ip', 'netns', 'list'])).toContain(one.netns);
    await one.write(project('one', 'lan1', '192.168.81.1/24', 8081));
    expect(await one.drift()).toEqual([]);
    await one.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await must(['ip', 'netns', 'list'])).not.toContain(one.netns);
  });

  it('that declare one network name are told whose it is, and the first one stays whole', async () => {
    const one = await world();
    const two = await world({ netns: one.netns });
    await one.write(project('one', 'lan', '192.168.81.1/24', 8081));
    await two.write(project('two', 'lan', '192.168.82.1/24', 8082));
    await one.novaMust(['apply', '--yes']);
    const { code, stderr } = await two.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/lan.*one/s);
    expect(stderr).toContain('host.foreign');
    expect(await one.drift()).toEqual([]);
  });
});

describe('one project in two namespaces', () => {
  it('is two hosts', async () => {
    const one = await world();
    const two = await world();
    const novaFile = project('same', 'lan', '192.168.83.1/24', 8083);
    await one.write(novaFile);
    await two.write(novaFile);
    await Promise.all([one.novaMust(['apply', '--yes']), two.novaMust(['apply', '--yes'])]);
    expect([await one.drift(), await two.drift()]).toEqual([[], []]);
    await one.inside(['ip', 'link', 'set', 'lan', 'mtu', '1280']);
    expect(await two.drift()).toEqual([]);
    expect(await one.drift()).toHaveLength(1);
    await one.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await two.drift()).toEqual([]);
  });
});

describe('a namespace that was there before', () => {
  it('stays when the project is destroyed, as it was', async () => {
    const host = await world();
    await must(['ip', 'netns', 'add', host.netns]);
    await host.inside(['ip', 'link', 'set', 'lo', 'up']);
    const before = await host.state('inside');
    await host.write(project('guest', 'lan', '192.168.84.1/24', 8084));
    await host.novaMust(['apply', '--yes']);
    await host.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await host.state('inside')).toEqual(before);
  });
});

describe('a namespace whose loopback is down', () => {
  it('is not built on: the plan says so and what to do', async () => {
    const host = await world();
    await must(['ip', 'netns', 'add', host.netns]);
    await host.write(project('down', 'lan', '192.168.87.1/24', 8087));
    const { code, stderr } = await host.nova(['plan']);
    expect(code).toBe(1);
    expect(stderr).toContain('[capability.missing]');
    expect(stderr).toContain(`ip -n ${host.netns} link set lo up`);
  });
});

describe('a NovaFile that was moved', () => {
  it('takes its project along', async () => {
    const host = await world();
    await host.write(project('moving', 'lan', '192.168.88.1/24', 8088));
    await host.novaMust(['apply', '--yes']);
    const moved = join(host.folder, 'Moved.toml');
    await rename(host.file, moved);
    expect(await host.novaMust(['apply', '--yes', '-f', moved])).toContain('Nothing to do');
    await rename(moved, host.file);
    await host.novaMust(['destroy', '--yes', '--delete-volumes']);
  });
});

describe('a project whose file was emptied', () => {
  it('loses everything but its volumes', async () => {
    const host = await world();
    await host.write(project('shrinking', 'lan', '192.168.85.1/24', 8085));
    await host.novaMust(['apply', '--yes']);
    await host.write('project = "shrinking"\n');
    expect(await host.novaMust(['plan'])).toContain('Plan: 0 to add, 0 to change, 2 to destroy.');
    await host.novaMust(['apply', '--yes']);
    expect(await host.novaMust(['plan'])).toContain('volume.data is not declared any more; it is kept');
    expect(await host.drift()).toEqual([]);
    await rm(host.stateDirectory, { recursive: true });
    await host.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await must(['ip', 'netns', 'list'])).not.toContain(host.netns);
  });
});
