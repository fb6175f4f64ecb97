import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { listenAsManager, type Manager } from '../../controller/service/listener.ts';
import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

/** A number that no other process on the machine waits for. */
const seconds = 4_000_000 + process.pid;
const novaFile = `project = "kept"
[container.web]
capsule = "./root"
command = ["sleep", "${seconds}"]
`;

describe('a controller as a service', () => {
  let world: World;
  let manager: Manager;
  let running: RunningController;
  let config: string;
  beforeAll(async () => {
    world = await createWorld();
    manager = await listenAsManager();
    await world.write(novaFile);
    config = join(world.folder, 'nova.toml');
    await world.writeAt(config, `[source.lab]\nfolder = "${world.folder}"\n`);
    running = startController(world, ['controller', config, '--json'], {
      NOTIFY_SOCKET: manager.socket,
      WATCHDOG_USEC: '400000',
    });
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged', 60_000);
  });
  afterAll(async () => {
    await running.stop();
    await world.nova(['destroy', '--yes']);
    await manager[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  const told = (words: string): number => manager.heard.filter((line) => line.includes(words)).length;

  it('says that it is ready and alive, and it is itself that says so', async () => {
    await until('it is alive', () => told('WATCHDOG=1') > 1);
    expect(manager.heard[0]).toBe(`${running.pid} READY=1 STATUS=1 source followed`);
    expect(new Set(manager.heard.map((line) => line.split(' ')[0]))).toEqual(new Set([String(running.pid)]));
  });

  it('follows what is configured anew on SIGHUP, and what runs goes on running', async () => {
    const pid = await sleeper();
    await world.writeAt(config, `[source.other]\nfolder = "${world.folder}"\n`);
    process.kill(running.pid, 'SIGHUP');
    await until('it has read it', () => told('RELOADING=1') === 1 && told('READY=1') === 2);
    await until('it follows the other', () => remembered(world).ready('other') === 'true Converged', 60_000);
    expect(await sleeper()).toBe(pid);
    expect((await world.nova(['status'])).stdout).toContain('other');
  });

  it('goes on as before when what is configured now is wrong', async () => {
    await world.writeAt(config, '[source.other\n');
    process.kill(running.pid, 'SIGHUP');
    await until('it has said so', () => told('cannot be used') === 1);
    await until('its log has it', () => running.output().includes('"reason":"usage"'));
    expect((await world.nova(['status'])).stdout).toContain('other');
  });

  it('says that it stops, and leaves what runs running', async () => {
    const pid = await sleeper();
    expect(await running.stop()).toBe(0);
    await until('it has said so', () => told('STOPPING=1') === 1);
    expect(await sleeper()).toBe(pid);
  });
});

/** The process of the container, as the host sees it: there is one. */
async function sleeper(): Promise<string> {
  const { stdout } = await run(['pgrep', '-xf', `sleep ${seconds}`]);
  expect(stdout).toMatch(/^\d+\n$/);
  return stdout;
}
