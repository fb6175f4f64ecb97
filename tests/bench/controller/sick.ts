import { remembered, startController, until } from '../../system/support/controller.ts';
import { createWorld } from '../../system/support/world.ts';
import { isWell, tables, told } from './told.ts';

const well = `project = "bench"
[network.lan]
subnet = "192.168.92.1/24"
[container.web]
capsule = "./root"
command = ["sleep", "100000"]
network = "lan"
stop_timeout = 1
`;

/** Each runs, and never answers. */
const sick = tables(
  20,
  (index) => `[container.s${index}]
capsule = "./root"
command = ["sleep", "100000"]
health = { exec = ["false"], interval = 1, deadline = 5 }
stop_timeout = 1
`,
);

/** What is well, repaired beside resources that never get healthy, and without them. */
export async function beside(times: number): Promise<string> {
  const lines = ['a repair beside 20 resources that never get healthy'];
  for (const [what, file] of [
    ['without them', well],
    ['beside them ', well + sick],
  ] as const) {
    await using world = await createWorld();
    await world.write(file);
    await using _running = startController(world, ['watch', '--json', '--name', 'lab', '--deadline', '9h']);
    const isReady = (address: string) => remembered(world).ready('lab', address) === 'true Converged';
    await until('both are well', () => isReady('network.lan') && isReady('container.web'), 120_000);
    if (file === well) await until('all is well', isWell(world));
    const taken: number[] = [];
    for (let index = 0; index < times; index += 1) {
      const last = remembered(world).events().at(-1)?.id ?? 0;
      await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1280']);
      const begun = Date.now();
      const event = () =>
        remembered(world)
          .events()
          .find((each) => each.id > last && each.subject === 'network.lan' && each.reason === 'Converged');
      await until('it is repaired', () => event() !== undefined, 60_000);
      taken.push((event()?.at ?? Number.NaN) - begun);
      await until('it is well', () => isReady('network.lan'));
    }
    lines.push(`  ${what}   ${told(taken)}`);
  }
  return lines.join('\n');
}
