import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { makeTinyGuest, type TinyGuest } from './support/tinyGuest.ts';
import { createWorld, type World } from './support/world.ts';

const killingMain = resolve(import.meta.dirname, 'support/killingMain.ts');

interface Names {
  readonly lan: string;
  readonly pages: string;
  readonly base: string;
  readonly web: string;
  readonly visitor: string;
  readonly box: string;
}

const first: Names = {
  lan: 'lan',
  pages: 'pages',
  base: 'base',
  web: 'web',
  visitor: 'visitor',
  box: 'box',
};
const second: Names = {
  lan: 'office',
  pages: 'site',
  base: 'busybox',
  web: 'api',
  visitor: 'guest',
  box: 'machine',
};

const kinds = {
  lan: 'network',
  pages: 'volume',
  base: 'image',
  web: 'container',
  visitor: 'container',
  box: 'vm',
} as const;

let world: World;
let guest: TinyGuest;
let before: string[];

beforeAll(async () => {
  world = await createWorld();
  guest = await makeTinyGuest(world.folder);
  before = await world.state();
});

afterAll(async () => world[Symbol.asyncDispose]());

function novaFile(names: Names, from?: Names): string {
  const { lan, pages, base, web, visitor, box } = names;
  const moved = (from === undefined ? [] : Object.keys(kinds)).map((key) => {
    const [kind, old, now] = [
      kinds[key as keyof Names],
      from?.[key as keyof Names],
      names[key as keyof Names],
    ];
    return `  { from = "${kind}.${old}", to = "${kind}.${now}" },\n`;
  });
  return `
project = "demo"
moved = [
${moved.join('')}]

[network.${lan}]
subnet = "192.168.77.1/24"

[volume.${pages}]

[image.${base}]
source = "./root"

[container.${web}]
capsule = "${base}"
command = ["sh", "-c", "echo hello > /srv/index.html; echo kept > /kept; exec httpd -f -p 80 -h /srv"]
network = "${lan}"
volumes = ["${pages}:/srv"]
ports = ["8080:80"]
health = { http = ":80/" }
restart = "never"
stop_timeout = 1

[container.${visitor}]
capsule = "./root"
command = ["sleep", "100000"]
network = "${lan}"
depends_on = ["container.${web}"]
stop_timeout = 1

[vm.${box}]
boot = { kernel = "${guest.kernel}", initrd = "${guest.initrd}", cmdline = "console=ttyS0 quiet" }
memory = "128Mi"
network = "${lan}"
probe = { http = ":80/" }
stop_timeout = 1
`;
}

/** Every process of this host but its dnsmasq, by id: what must not be restarted. */
async function running(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [argv, cgroup, life] = await Promise.all(
        ['cmdline', 'cgroup', 'stat'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      // What has ended, and is not yet waited for, has no words any more.
      const lives = argv !== undefined && argv !== '' && !argv.includes('dnsmasq');
      const ours = cgroup?.includes(`/nova/${world.scope.id}/`) === true && lives;
      return ours ? [`${pid} ${life?.split(' ')[21]} ${argv?.replaceAll('\0', ' ')}`] : [];
    }),
  );
  return found.flat().toSorted();
}

async function bridge(): Promise<{ ifname: string; ifindex: number; ports: number }> {
  const links = JSON.parse(await world.inside(['ip', '-j', '-d', 'link'])) as {
    ifname: string;
    ifindex: number;
    master?: string;
    linkinfo?: { info_kind?: string };
  }[];
  const found = links.find(({ linkinfo }) => linkinfo?.info_kind === 'bridge');
  if (found === undefined) throw new Error('there is no bridge');
  const { ifname, ifindex } = found;
  return { ifname, ifindex, ports: links.filter(({ master }) => master === ifname).length };
}

function inCapsule(name: string, ...argv: readonly string[]): Promise<string> {
  return world.novaMust(['exec', name, '--', ...argv]);
}

async function addresses(): Promise<readonly string[]> {
  const list = JSON.parse(await world.novaMust(['ls', '--json'])) as { resources: { address: string }[] };
  return list.resources.map(({ address }) => address).toSorted();
}

function addressesOf(names: Names): readonly string[] {
  return Object.entries(names)
    .map(([key, name]) => `${kinds[key as keyof Names]}.${name}`)
    .toSorted();
}

describe('a rename through moved', () => {
  let processes: readonly string[];
  let state: string[];
  let index: number;

  it('starts from everything running', async () => {
    await world.write(novaFile(first));
    await world.novaMust(['apply', '--yes']);
    processes = await running();
    state = await world.state('inside');
    index = (await bridge()).ifindex;
    expect(processes.length).toBeGreaterThan(4);
  });

  it('is planned as what it is: nothing is made, and nothing goes', async () => {
    await world.write(novaFile(second, first));
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('Plan: 0 to add, 6 to change, 0 to destroy.');
    for (const address of addressesOf(first)) expect(plan).toContain(`, which was ${address},`);
    expect(plan).not.toMatch(/restarts it|replace/);
  });

  it('restarts nothing, and everything goes by its new name at once', async () => {
    await world.novaMust(['apply', '--yes']);
    expect(await running()).toEqual(processes);
    expect(await bridge()).toEqual({ ifname: 'office', ifindex: index, ports: 3 });
    expect(await addresses()).toEqual(addressesOf(second));
    expect(await inCapsule('guest', 'wget', '-q', '-O', '-', 'http://api/')).toBe('hello\n');
    expect(await inCapsule('guest', 'wget', '-q', '-O', '-', 'http://machine.office.internal/')).not.toBe('');
    expect(await inCapsule('api', 'hostname')).toBe('api\n');
    expect(await inCapsule('api', 'cat', '/kept', '/etc/hostname')).toBe('kept\napi\n');
    expect(await inCapsule('guest', 'cat', '/etc/resolv.conf')).toContain('search office.internal');
    expect(await world.inside(['curl', '--silent', 'http://192.168.77.1:8080/'])).toBe('hello\n');
    expect(await world.drift()).toEqual([]);
  });

  it('is found again by its marks alone, when the entries and the state database are gone', async () => {
    await rm(world.stateDirectory, { recursive: true });
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    await world.write(novaFile(second));
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    await world.novaMust(['apply', '--yes']);
  });

  it('leads back to exactly where it began', async () => {
    await world.write(novaFile(first, second));
    await world.novaMust(['apply', '--yes']);
    expect(await running()).toEqual(processes);
    expect(await bridge()).toEqual({ ifname: 'lan', ifindex: index, ports: 3 });
    expect(await addresses()).toEqual(addressesOf(first));
    expect(await world.state('inside')).toEqual(state);
    expect(await inCapsule('web', 'hostname')).toBe('web\n');
  });

  it('survives a kill -9 at every journalled step', { timeout: 240_000 }, async () => {
    let [names, other] = [second, first];
    let rows = 0;
    for (let row = 1; ; row += 1) {
      await world.write(novaFile(names, other));
      const { code, stderr } = await world.nova(['apply', '--yes'], {
        env: { NOVA_TEST_KILL_AT: String(row), NOVA_TEST_PROGRAM: killingMain },
      });
      if (code !== 137) {
        expect(code, stderr).toBe(0);
        break;
      }
      await world.novaMust(['apply', '--yes']);
      rows += 1;
      expect(await running(), `after a kill at row ${row}`).toEqual(processes);
      expect(await world.drift(), `after a kill at row ${row}`).toEqual([]);
      [names, other] = [other, names];
    }
    expect(rows).toBeGreaterThan(12);
  });

  it('refuses to make one of two that are both there, and touches neither', async () => {
    await world.write(`${novaFile(first, second)}\n[volume.more]\n`);
    await world.novaMust(['apply', '--yes']);
    const text = novaFile(first).replace(
      'moved = [\n',
      'moved = [\n  { from = "volume.more", to = "volume.pages" },\n',
    );
    await world.write(text);
    const { code, stderr } = await world.nova(['apply', '--yes', '--delete-volumes']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[moved.conflict]')]);
    expect(stderr).toContain('volume.pages and volume.more are both there');
    expect((await stat(`${world.scope.data}/volumes/demo/more`)).isDirectory()).toBe(true);
    expect(await running()).toEqual(processes);
  });

  it('leaves nothing behind when it is destroyed', async () => {
    await world.write(novaFile(second, first));
    await world.novaMust(['apply', '--yes', '--delete-volumes']);
    await world.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await world.state()).toEqual(before);
  });
});
