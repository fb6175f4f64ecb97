import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createWorld, type World } from './support/world.ts';

const lan = '[network.lan]\nsubnet = "192.168.77.1/24"\n';
const app = `[container.app]
capsule = "./root"
command = ["sh", "-c", "echo kept > /kept; exec sleep 100000"]
network = "lan"
stop_timeout = 1
`;

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => world[Symbol.asyncDispose]());

function write(...tables: readonly string[]): Promise<void> {
  return world.write(`project = "demo"\n${tables.join('')}`);
}

async function stateOf(address: string): Promise<string | undefined> {
  const list = JSON.parse(await world.novaMust(['ls', '--json'])) as {
    resources: { address: string; state: string }[];
  };
  return list.resources.find((resource) => resource.address === address)?.state;
}

describe('state = "stopped"', () => {
  it('stops it, keeps what it wrote, and is no drift', async () => {
    await write(lan, app);
    await world.novaMust(['apply', '--yes']);
    await write(lan, app, 'state = "stopped"\n');
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('container.app will be changed (stops it)');
    await world.novaMust(['apply', '--yes']);
    expect(await stateOf('container.app')).toBe('stopped');
    expect(await world.drift()).toEqual([]);
  });

  it('is drift when somebody starts it, until the next apply', async () => {
    await world.novaMust(['start', 'app']);
    expect(await world.novaMust(['exec', 'app', '--', 'cat', '/kept'])).toBe('kept\n');
    expect(await world.drift()).toMatchObject([
      { address: 'container.app', cause: 'host', fields: [{ path: 'state', desired: 'stopped' }] },
    ]);
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
  });
});

describe('prevent_destroy', () => {
  const kept = `${app}lifecycle.prevent_destroy = true\n`;

  it('keeps it when everything else goes, with its place', async () => {
    await write(lan, kept, '[volume.data]\n');
    await world.novaMust(['apply', '--yes']);
    const { code, stdout, stderr } = await world.nova(['destroy', '--yes', '--delete-volumes']);
    expect(code).toBe(1);
    expect(stdout).toContain('volume.data will be destroyed');
    expect(stderr).toMatch(/NovaFile\.toml:9:29: container\.app would be destroyed/);
    expect(await stateOf('container.app')).toBe('running');
    expect(await world.inside(['ip', 'link', 'show', 'lan'])).toContain('UP');
  });

  it('remembers it when it is taken out of the NovaFile', async () => {
    await write(lan);
    await world.nova(['apply', '--yes']);
    const { code, stderr } = await world.nova(['plan']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[lifecycle.prevented]')]);
    await write(lan, app);
    await world.novaMust(['apply', '--yes']);
  });
});

describe('drift and ignore_changes', () => {
  it('warn: drift exits with 2, apply leaves it, --target repairs it', async () => {
    await write(`${lan}drift = "warn"\n`, app);
    await world.novaMust(['apply', '--yes']);
    await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1400']);
    expect((await world.nova(['drift'])).code).toBe(2);
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('# network.lan is left as it is (drift = "warn"): mtu is 1400');
    await world.novaMust(['apply', '--yes']);
    expect(await world.inside(['ip', 'link', 'show', 'lan'])).toContain('mtu 1400');
    await world.novaMust(['apply', '--yes', '--target', 'network.lan']);
    expect(await world.inside(['ip', 'link', 'show', 'lan'])).toContain('mtu 1500');
  });

  it('ignore: drift is silent', async () => {
    await write(`${lan}drift = "ignore"\n`, app);
    await world.novaMust(['apply', '--yes']);
    await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1400']);
    expect((await world.nova(['drift'])).code).toBe(0);
  });

  it('ignore_changes: neither who changes it matters', async () => {
    await write(`${lan}lifecycle.ignore_changes = ["mtu"]\n`, app);
    await world.novaMust(['apply', '--yes']);
    expect(await world.inside(['ip', 'link', 'show', 'lan'])).toContain('mtu 1400');
    await write(`${lan}mtu = 9000\nlifecycle.ignore_changes = ["mtu"]\n`, app);
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    expect((await world.nova(['drift'])).code).toBe(0);
  });
});
