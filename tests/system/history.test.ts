import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createWorld, type World } from './support/world.ts';

const lan = 'project = "past"\n[network.lan]\nsubnet = "192.168.89.1/24"\n';
const wider = `${lan}mtu = 9000\n[network.dmz]\nsubnet = "192.168.90.1/24"\n`;

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.write(lan);
});

afterAll(async () => world[Symbol.asyncDispose]());

interface History {
  readonly generations: readonly {
    number: number;
    applied_at: string;
    commit: string | null;
    resources: string[];
  }[];
}

async function generations(): Promise<History['generations']> {
  return (JSON.parse(await world.novaMust(['history', '--json'])) as History).generations;
}

async function bridges(): Promise<Record<string, number>> {
  const links = JSON.parse(await world.inside(['ip', '-j', 'link', 'show', 'type', 'bridge'])) as {
    ifname: string;
    mtu: number;
  }[];
  return Object.fromEntries(links.map(({ ifname, mtu }) => [ifname, mtu]));
}

describe('history and rollback', () => {
  it('has nothing to tell at first, and nothing to go back to', async () => {
    expect(await world.novaMust(['history'])).toContain('Nothing of past has been applied');
    const { code, stderr } = await world.nova(['rollback', '--yes']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('no generation before the newest')]);
  });

  it('lists what was applied as a whole, newest first', async () => {
    await world.novaMust(['apply', '--yes']);
    await world.write(wider);
    await world.novaMust(['apply', '--yes']);
    expect(await generations()).toMatchObject([
      { number: 2, commit: null, resources: ['network.dmz', 'network.lan'] },
      { number: 1, resources: ['network.lan'] },
    ]);
    expect(await world.novaMust(['history', '-n', '1'])).toMatch(
      /^NUMBER +APPLIED +COMMIT +RESOURCES\n2 +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +- +network\.dmz, network\.lan\n$/,
    );
  });

  it('asks before it goes back', async () => {
    const { code, stdout, stderr } = await world.nova(['rollback']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[plan.declined]')]);
    expect(stdout).toContain('Back to generation 1 of past');
    expect(stdout).toContain('network.dmz will be destroyed');
    expect(Object.keys(await bridges())).toEqual(['lan', 'dmz']);
  });

  it('applies the one before the newest, says what the NovaFile says, and is a new generation', async () => {
    const { code, stdout, stderr } = await world.nova(['rollback', '--yes']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('Rollback: 2 of 2 applied.');
    expect(stderr).toContain('still says otherwise');
    expect(await bridges()).toEqual({ lan: 1500 });
    expect((await generations()).map(({ number }) => number)).toEqual([3, 2, 1]);
    expect((await world.drift()).map(({ address, cause }) => [address, cause])).toEqual([
      ['network.dmz', 'config'],
      ['network.lan', 'config'],
    ]);
  });

  it('goes to any generation by its number', async () => {
    const { code, stderr } = await world.nova(['rollback', '2', '--yes']);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('still says otherwise');
    expect(await bridges()).toEqual({ lan: 9000, dmz: 1500 });
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    const missing = await world.nova(['rollback', '17', '--yes']);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('no generation 17')]);
  });
});
