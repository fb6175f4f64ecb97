import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.write(novaFile());
  await world.novaMust(['apply', '--yes']);
});

afterAll(async () => world[Symbol.asyncDispose]());

const declared = {
  network: '{ name = "lan", ip = "192.168.80.10" }',
  ports: '["8080:80"]',
  env: '{ GREETING = "hello" }',
  limits: '{ memory = "64Mi", pids = 20 }',
  volumes: '["data:/data"]',
};

function novaFile(changed: Partial<typeof declared> = {}): string {
  const { network, ports, env, limits, volumes } = { ...declared, ...changed };
  return `
project = "demo"

[network.lan]
subnet = "192.168.80.1/24"

[network.other]
subnet = "192.168.81.1/24"
profile = "internal"

[volume.data]

[container.web]
capsule = "./root"
command = ["sh", "-c", "echo $GREETING > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
network = ${network}
ports = ${ports}
env = ${env}
limits = ${limits}
volumes = ${volumes}
stop_timeout = 1

[container.peer]
capsule = "./root"
command = ["sleep", "100000"]
network = "lan"
env = { WEB = "\${container.web.ip}" }
stop_timeout = 1
`;
}

async function processOf(name: string): Promise<string> {
  return readFile(
    join(world.scope.run, 'containers', world.identity('demo', `container.${name}`), 'pid'),
    'utf8',
  );
}

const fetch = (port: number): Promise<string> =>
  world.inside(['curl', '-s', '--max-time', '5', `http://192.168.80.1:${port}/`]);
const exec = (name: string, ...argv: readonly string[]): Promise<string> =>
  world.novaMust(['exec', name, '--', ...argv]);

describe('a changed line', () => {
  it.each([
    {
      what: 'limits',
      changed: { limits: '{ memory = "96Mi", cpu = 0.5 }' },
      restarts: false,
      reason: 'the kernel takes new limits',
    },
    {
      what: 'a port',
      changed: { ports: '["8081:80"]' },
      restarts: false,
      reason: 'rules are not in the capsule',
    },
    {
      what: 'a variable',
      changed: { env: '{ GREETING = "good day" }' },
      restarts: true,
      reason: 'a process keeps its environment',
    },
    {
      what: 'a volume',
      changed: { volumes: '["data:/data:ro"]' },
      restarts: true,
      reason: 'a mount is made at the start',
    },
  ])('of $what is taken up, and again when it is undone: $reason', async ({ changed, restarts }) => {
    for (const text of [novaFile(changed), novaFile()]) {
      const before = { web: await processOf('web'), peer: await processOf('peer') };
      await world.write(text);
      await world.novaMust(['apply', '--yes']);
      expect(await world.drift()).toEqual([]);
      expect((await processOf('web')) !== before.web).toBe(restarts);
      expect(await processOf('peer')).toBe(before.peer);
    }
    expect(await fetch(8080)).toBe('hello\n');
  });

  it('of the address moves the running capsule, its name and its ports; who was told the address starts again', async () => {
    const before = { web: await processOf('web'), peer: await processOf('peer') };
    await world.write(novaFile({ network: '{ name = "lan", ip = "192.168.80.20" }' }));
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    expect(await processOf('web')).toBe(before.web);
    expect(await processOf('peer')).not.toBe(before.peer);
    expect(await exec('peer', 'sh', '-c', 'echo $WEB; wget -q -O - http://web/')).toBe(
      '192.168.80.20\nhello\n',
    );
    expect(await fetch(8080)).toBe('hello\n');
  });

  it('of the network moves it to the other one', async () => {
    await world.write(novaFile({ network: '"other"', ports: '[]' }));
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    expect(await exec('web', 'cat', '/etc/resolv.conf')).toContain('search other.internal');
    expect((await world.nova(['exec', 'peer', '--', 'wget', '-q', '-O', '-', 'http://web/'])).code).not.toBe(
      0,
    );
  });
});
