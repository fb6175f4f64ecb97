import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { containerPaths } from '../../reconcilers/container/paths.ts';
import { createWorld, type World } from './support/world.ts';

const killingMain = resolve(import.meta.dirname, 'support/killingMain.ts');

const network = '[network.lan]\nsubnet = "192.168.77.1/24"\n';
const volume = '[volume.pages]\n';
const web = `[container.web]
capsule = "./root"
command = ["sh", "-c", "echo hello > /srv/index.html; exec httpd -f -p 80 -h /srv"]
network = "lan"
volumes = ["pages:/srv"]
ports = ["8080:80"]
health = { http = ":80/" }
stop_timeout = 1
`;
const adopting = [network, volume, web].map((table) => `${table}adopt = true\n`).join('');

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => world[Symbol.asyncDispose]());

function write(...tables: readonly string[]): Promise<void> {
  return world.write(`project = "demo"\n${tables.join('')}`);
}

async function pid(): Promise<string> {
  const { pid: file } = containerPaths(world.scope, world.identity('demo', 'container.web'));
  return readFile(file, 'utf8');
}

function page(): Promise<string> {
  return world.inside(['curl', '--silent', '--max-time', '5', 'http://192.168.77.1:8080/']);
}

describe('nova forget', () => {
  it('asks, and says what stays where', async () => {
    await write(network, volume, web);
    await world.novaMust(['apply', '--yes']);
    const { code, stdout, stderr } = await world.nova(['forget', 'container.web']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[plan.declined]')]);
    expect(stdout).toContain('container.web will be forgotten');
    expect(stdout).toMatch(/process \d+ goes on in cgroup \/nova\//);
  });

  it('refuses what is not there', async () => {
    const { code, stderr } = await world.nova(['forget', 'container.other', '--yes']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is nothing of it on this host')]);
  });

  it('leaves everything as it is, and Nova owns it no more', async () => {
    const before = await pid();
    const all = ['container.web', 'network.lan', 'volume.pages'];
    const { code, stderr } = await world.nova(['forget', ...all, '--yes']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('still declares');
    expect(await pid()).toBe(before);
    expect(await page()).toBe('hello\n');
    const links = await world.inside(['ip', '-j', '-d', 'link']);
    expect(links).not.toContain(`nova:${world.scope.id}`);
    await write();
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    await world.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await page()).toBe('hello\n');
  });

  it('makes it foreign to the NovaFile that still declares it', async () => {
    await write(network, volume, web);
    const { code, stderr } = await world.nova(['plan']);
    expect(code).toBe(1);
    expect(stderr.match(/\[host\.foreign\]/g)).toHaveLength(3);
    expect(stderr).toContain('adopt = true');
  });
});

describe('adopt', () => {
  it('takes it over again as it is: nothing restarts', async () => {
    const before = await pid();
    await write(adopting);
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('Plan: 0 to add, 3 to change, 0 to destroy.');
    expect(plan).toMatch(/adopts += "bridge lan"/);
    await world.novaMust(['apply', '--yes']);
    expect(await pid()).toBe(before);
    expect(await page()).toBe('hello\n');
    expect(await world.drift()).toEqual([]);
    await write(network, volume, web);
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
  });

  it('survives a kill -9 at every journalled step of forgetting', { timeout: 240_000 }, async () => {
    const before = await pid();
    const all = ['container.web', 'network.lan', 'volume.pages'];
    for (let row = 1; ; row += 1) {
      const env = { NOVA_TEST_KILL_AT: String(row), NOVA_TEST_PROGRAM: killingMain };
      const { code, stderr } = await world.nova(['forget', ...all, '--yes'], { env });
      await write(adopting);
      const again = await world.nova(['apply', '--yes']);
      expect(again.code, `after a kill at row ${row}: ${again.stderr}`).toBe(0);
      expect(await pid()).toBe(before);
      expect(await page()).toBe('hello\n');
      expect(await world.drift()).toEqual([]);
      if (code === 137) continue;
      expect(code, stderr).toBe(0);
      expect(row).toBeGreaterThan(4);
      break;
    }
  });

  it('takes over a bridge that somebody else made, and says what changes', async () => {
    await world.novaMust(['destroy', '--yes', '--delete-volumes']);
    await write('[network.lan]\nsubnet = "192.168.77.1/24"\n[volume.keep]\n');
    await world.novaMust(['apply', '--yes']);
    await world.inside(['ip', 'link', 'add', 'br7', 'type', 'bridge']);
    await world.inside(['ip', 'address', 'add', '10.9.0.1/24', 'dev', 'br7']);
    await write(
      '[network.br7]\nsubnet = "192.168.78.1/24"\n[volume.keep]\n[network.lan]\nsubnet = "192.168.77.1/24"\n',
    );
    const refused = await world.nova(['plan']);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('adopt = true in [network.br7]'),
    ]);
    await write(
      '[network.br7]\nsubnet = "192.168.78.1/24"\nadopt = true\n[volume.keep]\n[network.lan]\nsubnet = "192.168.77.1/24"\n',
    );
    const plan = await world.novaMust(['plan']);
    expect(plan).toMatch(/adopts += "bridge br7"/);
    expect(plan).toContain('"10.9.0.1/24" -> "192.168.78.1/24"');
    await world.novaMust(['apply', '--yes']);
    expect(await world.inside(['ip', '-4', 'address', 'show', 'br7'])).toContain('192.168.78.1/24');
    expect(await world.drift()).toEqual([]);
    await world.novaMust(['destroy', '--yes', '--delete-volumes']);
    const { stdout } = await world.nova(['ls']);
    expect(stdout).not.toContain('unmanaged');
  });
});
