import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';
import { createLan, type Lan } from './uplinkLan.ts';

let world: World;
let lan: Lan;
let server: ChildProcess | undefined;

beforeAll(async () => {
  world = await createWorld();
  await must(['ip', 'netns', 'add', world.netns]);
  await world.inside(['ip', 'link', 'set', 'lo', 'up']);
  lan = createLan(world.netns);
  await world.writeAt(`${world.folder}/index.html`, 'the LAN\n');
  const httpd = ['busybox', 'httpd', '-f', '-p', '80', '-h', world.folder];
  server = spawn('nsenter', [`--net=/run/netns/${lan.name}`, ...httpd], { stdio: 'ignore' });
});

afterAll(async () => {
  server?.kill('SIGKILL');
  await world[Symbol.asyncDispose]();
  lan[Symbol.dispose]();
});

const novaFile = `
project = "demo"

[network.outer]
interfaces = ["wan0"]
subnet = "10.9.9.3/24"
confirm_timeout = "1h"

[container.guest]
capsule = "./root"
command = ["sleep", "100000"]
network = { name = "outer", ip = "10.9.9.50" }
restart = "never"
stop_timeout = 1
`;

/** As it was, but for the bridge, which stays. */
const asBefore = () => lan.ways().filter((line) => !/\bouter\b/.test(line));

describe('an uplink in a bridge', () => {
  it('is back where it was when Nova is killed before the gateway has answered, and guests reach the LAN after another run', async () => {
    await expect.poll(() => lan.reaches('10.9.9.1'), { timeout: 30_000 }).toBe(true);
    const before = lan.ways();
    const wall =
      'table arp wall { chain out { type filter hook output priority 0; oifname "outer" drop; }; }';
    await world.inside(['nft', wall]);
    await world.write(novaFile);
    const [command = '', ...args] = world.command(['apply', '--yes']);
    const nova = spawn(command, args, { stdio: 'ignore' });
    const ended = once(nova, 'exit');
    await expect
      .poll(() => world.inside(['ip', '-o', 'link', 'show', 'dev', 'wan0']), { timeout: 60_000 })
      .toMatch(/master outer/);
    nova.kill('SIGKILL');
    await ended;
    await expect.poll(asBefore, { timeout: 60_000 }).toEqual(before);

    await world.inside(['nft', 'flush ruleset']);
    await world.novaMust(['apply', '--yes']);
    expect(lan.addressesOf('wan0')).toEqual([]);
    const fetch = ['exec', 'guest', '--', 'timeout', '5', 'wget', '-q', '-O', '-', 'http://10.9.9.1/'];
    await expect.poll(async () => (await world.nova(fetch)).stdout, { timeout: 60_000 }).toBe('the LAN\n');
    expect(await world.drift()).toEqual([]);

    await world.novaMust(['destroy', '--yes']);
    expect(lan.ways()).toEqual(before);
  });
});
