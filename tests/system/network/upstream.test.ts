import { spawn } from 'node:child_process';
import { cp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const servers: (() => void)[] = [];

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => {
  for (const stop of servers) stop();
  await world[Symbol.asyncDispose]();
});

/** A DNS server of the world outside, which knows one name. */
function serve(address: string, answer: string): void {
  const options = ['-k', '-C', '/dev/null', '--no-hosts', '--no-resolv', '--bind-interfaces', '--pid-file='];
  const own = [`--listen-address=${address}`, '--except-interface=lo', `--address=/out.example/${answer}`];
  const child = spawn('nsenter', [`--net=/run/netns/${world.netns}`, 'dnsmasq', ...options, ...own], {
    stdio: 'ignore',
  });
  servers.push(() => child.kill('SIGKILL'));
}

it('questions for names out there follow the resolver of the host, also when it becomes another', async () => {
  await world.write('project = "demo"\n[network.lan]\nsubnet = "192.168.84.1/24"\n');
  await world.novaMust(['apply', '--yes']);
  for (const ip of ['10.9.9.1', '10.9.9.2']) {
    await world.inside(['ip', 'link', 'add', `wan${ip.at(-1)}`, 'type', 'bridge']);
    await world.inside(['ip', 'addr', 'add', `${ip}/32`, 'dev', `wan${ip.at(-1)}`]);
    await world.inside(['ip', 'link', 'set', `wan${ip.at(-1)}`, 'up']);
  }
  serve('10.9.9.1', '192.0.2.1');
  serve('10.9.9.2', '192.0.2.2');
  // The machine's own /etc stays as it is: only what is started from here has another in its place.
  const etc = join(world.folder, 'etc');
  await cp('/etc', etc, { recursive: true, verbatimSymlinks: true });
  const resolver = async (ip: string) => {
    await rm(join(etc, 'resolv.conf.new'), { force: true });
    await writeFile(join(etc, 'resolv.conf.new'), `nameserver ${ip}\n`);
    await rename(join(etc, 'resolv.conf.new'), join(etc, 'resolv.conf'));
  };
  await resolver('10.9.9.1');
  await world.inside(['sh', '-c', `kill -9 $(cat ${world.scope.run}/networks/*/*.pid)`]);
  const script = 'mount --bind "$1" /etc && shift && exec "$@"';
  const apply = world.command(['apply', '--yes']);
  const applied = await run(['unshare', '--mount', 'sh', '-c', script, 'sh', etc, ...apply]);
  expect(applied).toMatchObject({ code: 0 });
  const pid = await world.inside(['sh', '-c', `cat ${world.scope.run}/networks/*/*.pid`]);

  const look = async () =>
    (
      await run([
        'nsenter',
        `--net=/run/netns/${world.netns}`,
        'busybox',
        'nslookup',
        '-type=a',
        'out.example',
        '192.168.84.1',
      ])
    ).stdout;
  await expect.poll(look, { timeout: 60_000 }).toContain('192.0.2.1');
  await resolver('10.9.9.2');
  await expect.poll(look, { timeout: 60_000 }).toContain('192.0.2.2');
  expect(await world.inside(['sh', '-c', `cat ${world.scope.run}/networks/*/*.pid`])).toBe(pid);
  expect(await world.drift()).toEqual([]);
});
