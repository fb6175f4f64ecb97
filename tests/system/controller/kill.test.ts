import { setTimeout as sleep } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { createRepository } from '../../controller/sources/repository.ts';
import { remembered, startController, until } from '../support/controller.ts';
import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

/** How often the controller is killed. */
const kills = Number(process.env['NOVA_TEST_KILLS'] ?? 15);

const file = (commit: number): string => `project = "killed"
[network.lan]
subnet = "192.168.89.1/24"
mtu = ${1400 + (commit % 100)}
[container.web]
capsule = "./root"
command = ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]
network = "lan"
stop_timeout = 1
[volume.v${commit}]
`;

async function startOf(world: World): Promise<string> {
  const id = world.identity('killed', 'container.web');
  return must([
    'sh',
    '-c',
    `cat /proc/$(cat /run/nova/${world.scope.id}/containers/${id}/pid)/stat | cut -d' ' -f22`,
  ]);
}

it(
  `kill -9 at ${kills} random moments while commits arrive: nothing that is well restarts, and the last commit wins`,
  { timeout: 60_000 + kills * 20_000 },
  async () => {
    await using world = await createWorld();
    using repository = createRepository();
    await must(['cp', '-a', `${world.folder}/root`, repository.work]);
    repository.push({ 'NovaFile.toml': file(0) });
    const repo = ['--repo', repository.bare, '--name', 'lab', '--interval', '50ms'];
    const start = () => startController(world, ['controller', '--json', ...repo]);
    const good = (commit: string) => () => remembered(world).source('lab')?.goodRevision === `main@${commit}`;
    let running = start();
    await until('the first is good', () => remembered(world).ready('lab') === 'true Converged', 60_000);
    const began = await startOf(world);
    let seen = new Map(
      remembered(world)
        .events()
        .map((event) => [event.id, event]),
    );
    let last = '';
    for (let commit = 1; commit <= kills; commit += 1) {
      last = repository.push({ 'NovaFile.toml': file(commit) });
      await sleep(Math.random() * 1_500);
      await running.kill();
      const events = new Map(
        remembered(world)
          .events()
          .map((event) => [event.id, event]),
      );
      for (const [id, event] of seen) expect(events.get(id)).toEqual(event);
      seen = events;
      running = start();
    }
    await until('the last is good', good(last), 60_000);
    await until('it is ready', () => remembered(world).ready('lab') === 'true Converged', 60_000);
    expect(await startOf(world)).toBe(began);
    // The last one may have found nothing to do: it is asked to stop once it listens.
    await until('it follows', () => running.output().includes('following'), 60_000);
    expect(await running.stop()).toBe(0);
    await world.write(file(kills));
  },
);
