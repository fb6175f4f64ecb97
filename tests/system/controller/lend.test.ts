import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { createWorld, type World } from '../support/world.ts';

const file = (mtu: number): string => `project = "lent"
[network.lan]
subnet = "192.168.95.1/24"
mtu = ${mtu}
[volume.data]
[container.web]
capsule = "./root"
command = ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]
stop_timeout = 1
`;

describe('a command, where a controller owns the project', () => {
  let world: World;
  let running: RunningController;
  const state = () => remembered(world);
  const start = (): RunningController => startController(world, ['watch', '--json', '--name', 'lab']);
  const isWell = () => state().ready('lab') === 'true Converged';
  const mtu = async (): Promise<string> =>
    /mtu (\d+)/.exec(await world.inside(['ip', 'link', 'show', 'lan']))?.[1] ?? '';
  const runs = async (): Promise<boolean> => (await world.novaMust(['ls'])).includes('running');

  beforeAll(async () => {
    world = await createWorld();
    await world.write(file(1400));
    running = start();
    await until('as declared', isWell, 60_000);
  });
  afterAll(async () => {
    await running.stop();
    await world[Symbol.asyncDispose]();
  });

  it('nova stop: it stays stopped, also when the controller is started anew, and all else is repaired', async () => {
    expect(await world.novaMust(['stop', 'web'])).toContain('container.web is stopped');
    await until('it is told', () => state().ready('lab', 'container.web') === 'false Stopped');
    await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1280']);
    await until('the bridge is repaired', async () => (await mtu()) === '1400');
    await running.stop();
    running = start();
    await until('it has looked', () => state().ready('lab') === 'false Stopped');
    expect(await runs()).toBe(false);
    expect((await world.nova(['status'])).stdout).toContain('nova start container.web');
  });

  it('nova start and restart: it is looked after again', async () => {
    expect(await world.novaMust(['start', 'web'])).toContain('started and ready');
    await until('as declared', isWell);
    expect(await world.novaMust(['restart', 'web'])).toContain('started and ready');
    await until('as declared', isWell);
    expect(await runs()).toBe(true);
  });

  it('nova rollback: it stays so until there is something newer', async () => {
    await world.write(file(1500));
    await until('the second is applied', async () => isWell() && (await mtu()) === '1500');
    expect(await world.novaMust(['rollback', '--yes'])).toContain('applied');
    expect(await mtu()).toBe('1400');
    await until('it is told', () => state().ready('lab') === 'false generation.quarantined');
    await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1280']);
    await until('it is repaired as it was rolled back', async () => (await mtu()) === '1400');
    await world.write(file(1450));
    await until('the third is applied', async () => isWell() && (await mtu()) === '1450');
  });

  it('nova forget: what is given up is left alone, and the controller says so', async () => {
    expect(await world.novaMust(['forget', '--yes', 'volume.data'])).toContain('1 of 1 forgotten');
    await until('it is told', () => state().ready('lab', 'volume.data') === 'false host.foreign');
    await world.write(file(1450).replace('[volume.data]', '[volume.data]\nadopt = true'));
    await until('it is taken over again', isWell);
  });

  it('that is killed gives the project back', async () => {
    const { code } = await world.nova(['stop', 'web'], { timeout: 400 });
    expect([0, 137]).toContain(code);
    await world.nova(['start', 'web']);
    await until('as declared', isWell, 30_000);
    await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1280']);
    await until('the bridge is repaired', async () => (await mtu()) === '1450');
  });

  it('nova destroy: nothing is made anew until it is resumed', async () => {
    expect(await world.novaMust(['destroy', '--yes', '--delete-volumes'])).toContain('destroyed');
    await until('it rests', () => state().ready('lab') === 'false Suspended');
    expect((await world.nova(['ls'])).stdout).not.toContain('running');
    await world.novaMust(['resume', 'lab']);
    await until('as declared', isWell, 60_000);
    expect(await runs()).toBe(true);
  });
});
