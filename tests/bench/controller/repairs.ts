import { remembered, startController, until } from '../../system/support/controller.ts';
import { driftTable } from '../../system/support/driftTable.ts';
import { twoCapsules } from '../../system/support/novaFiles.ts';
import { createWorld, type World } from '../../system/support/world.ts';
import { handsOn } from '../../system/vm/hands.ts';
import { createLab, novaFile } from '../../system/vm/lab.ts';
import { isWell, told } from './told.ts';

interface Change {
  readonly what: string;
  readonly address: string;
  readonly by: () => Promise<unknown>;
  /** Whether what runs is as far as that it notices. */
  readonly booted?: () => Promise<boolean>;
}

/**
 * From a change by hand to the event that says that it was noticed, undone, and seen to work again: everything in the
 * drift tables. A machine that had to be started again has to boot before it works, so that is told beside it.
 */
export async function repairs(times: number): Promise<string> {
  const lines = [`from a change by hand to its repair`];
  {
    await using world = await createWorld();
    await world.write(twoCapsules);
    await using _running = startController(world, ['watch', '--json', '--name', 'lab']);
    await until('as declared', isWell(world), 60_000);
    const changes = driftTable(() => world).mutations.map(({ what, by, reported }) => ({
      what,
      by,
      address: reported.address,
    }));
    lines.push(...(await repair(world, changes, times, 'networks, volumes, capsules')));
  }
  const lab = await createLab();
  await using world = lab.world;
  // Without a probe it works when QEMU does; what is in the guest takes as long as it takes, and is waited for before.
  const [alone = ''] = novaFile(lab.guest).replace('probe = { http = ":80/" }\n', '').split('[container.');
  await world.write(alone);
  await using _running = startController(world, ['watch', '--json', '--name', 'lab']);
  await until('as declared', isWell(world), 120_000);
  const booted = async (): Promise<boolean> => (await lab.console()).includes('ready');
  const changes = handsOn(() => lab).map(({ what, by }) => ({ what, by, booted, address: 'vm.box' }));
  lines.push(...(await repair(world, changes, times, 'machines')));
  return lines.join('\n');
}

async function repair(
  world: World,
  changes: readonly Change[],
  times: number,
  what: string,
): Promise<readonly string[]> {
  const each: { readonly what: string; readonly taken: number }[] = [];
  for (let round = 0; round < times; round += 1)
    for (const change of changes) each.push({ what: change.what, taken: await one(world, change) });
  const slow = each.toSorted((a, b) => b.taken - a.taken).slice(0, 5);
  return [
    `  ${what.padEnd(28)} ${told(each.map(({ taken }) => taken))}`,
    ...slow.map((slowest) => `    ${slowest.taken.toFixed(0).padStart(6)} ms: ${slowest.what}`),
  ];
}

/** ms from the end of what the person did: some of it takes its time */
async function one(world: World, { what, address, by, booted }: Change): Promise<number> {
  await until('all is well', isWell(world), 90_000);
  if (booted !== undefined) await until('it has booted', booted, 60_000);
  const last = remembered(world).events().at(-1)?.id ?? 0;
  await by();
  const begun = Date.now();
  const event = () =>
    remembered(world)
      .events()
      .find(({ id, subject, reason }) => id > last && subject === address && reason === 'Converged');
  await until(`repaired: ${what}`, () => event() !== undefined, 90_000);
  await until('all is well', isWell(world), 90_000);
  return Math.max(0, (event()?.at ?? Number.NaN) - begun);
}
