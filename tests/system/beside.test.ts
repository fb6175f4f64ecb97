import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createWorld, type World } from './support/world.ts';

const killingMain = resolve(import.meta.dirname, 'support/killingMain.ts');

let world: World;
let before: string[];

beforeAll(async () => {
  world = await createWorld();
  for (const name of ['root-1', 'root-2']) {
    await cp(join(world.folder, 'root'), join(world.folder, name), { recursive: true });
    await writeFile(join(world.folder, name, 'index.html'), `${name}\n`);
  }
  before = await world.state();
});

afterAll(async () => world[Symbol.asyncDispose]());

/** A page that is asked for by its name, and somebody who asks. */
function write(root: string, health = 'health = { http = ":80/", deadline = "20s" }'): Promise<void> {
  return world.write(`project = "demo"

[network.lan]
subnet = "192.168.77.1/24"

[container.web]
capsule = "./${root}"
command = ["httpd", "-f", "-p", "80", "-h", "/"]
network = "lan"
restart = "never"
stop_timeout = 1
lifecycle.create_before_destroy = true
${health}

[container.visitor]
capsule = "./root"
command = ["sleep", "100000"]
network = "lan"
stop_timeout = 1
`);
}

/** The pages that are served on this host, by process. */
async function serving(): Promise<ReadonlyMap<string, string>> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const found = new Map<string, string>();
  for (const pid of pids) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const [argv, cgroup] = [await read('cmdline'), await read('cgroup')];
    const ours = cgroup.includes(`/nova/${world.scope.id}/`) && cgroup.includes('/capsule');
    if (ours && argv.startsWith('httpd')) found.set(pid, (await read('root/index.html')).trim());
  }
  return found;
}

function asked(): Promise<string> {
  return world.novaMust(['exec', 'visitor', '--', 'wget', '-q', '-O', '-', 'http://web/']);
}

describe('create_before_destroy', () => {
  it('keeps the old one at work until the new one works, and it answers by its name after that', async () => {
    await write('root-1');
    await world.novaMust(['apply', '--yes']);
    const [old] = [...(await serving()).keys()];
    await write('root-2');
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('# container.web will be created beside container.web~0, which it replaces');
    expect(plan).toContain('Plan: 1 to add, 0 to change, 1 to destroy.');
    const seen: string[][] = [];
    let done = false;
    const applying = world.novaMust(['apply', '--yes']).finally(() => (done = true));
    while (!done) seen.push([...(await serving()).values()].toSorted());
    await applying;
    expect(seen.filter((pages) => pages.length === 0)).toEqual([]);
    expect(seen.some((pages) => pages.length === 2)).toBe(true);
    expect([...(await serving()).values()]).toEqual(['root-2']);
    expect((await serving()).has(old ?? '')).toBe(false);
    expect(await asked()).toBe('root-2\n');
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    expect(await world.drift()).toEqual([]);
  });

  it('leaves the old one alone when the new one does not work, and says so', async () => {
    const [old] = [...(await serving()).keys()];
    await write('root-1', 'health = { exec = ["false"], deadline = "2s", interval = "200ms" }');
    const { code, stderr } = await world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('container.web');
    expect((await serving()).get(old ?? '')).toBe('root-2');
    const list = await world.novaMust(['ls']);
    expect(list).toContain('container.web~1');
    await write('root-2');
    await world.novaMust(['apply', '--yes']);
    expect([...(await serving()).values()]).toEqual(['root-2']);
    expect(await asked()).toBe('root-2\n');
  });

  it('killed at any row of its journal, it goes on where it was, and a page is always there', async () => {
    let root = 1;
    for (const at of [1, 4, 8, 12, 16, 19, 22]) {
      await write(`root-${root}`);
      const env = { NOVA_TEST_PROGRAM: killingMain, NOVA_TEST_KILL_AT: String(at) };
      await world.nova(['apply', '--yes'], { env });
      expect((await serving()).size).toBeGreaterThan(0);
      await world.novaMust(['apply', '--yes']);
      expect([...(await serving()).values()]).toEqual([`root-${root}`]);
      expect(await world.novaMust(['plan'])).toContain('Nothing to do');
      root = 3 - root;
    }
  });

  it('leaves nothing behind', async () => {
    await world.novaMust(['destroy', '--yes']);
    expect(await world.state()).toEqual(before);
  });
});
