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

/** Each runs and is asked each second: by `false`, it never answers. */
const others = (exec: 'true' | 'false') =>
  tables(
    20,
    (index) => `[container.s${index}]
capsule = "./root"
command = ["sleep", "100000"]
health = { exec = ["${exec}"], interval = 1, deadline = 5 }
stop_timeout = 1
`,
  );

/**
 * What is well, repaired beside resources that never get healthy, beside as many that are and are asked as often, and
 * without any: twenty questions a second take their part of the processors, whatever is answered.
 */
export async function beside(times: number): Promise<string> {
  const lines = ['a repair beside 20 resources that never get healthy'];
  for (const [what, file] of [
    ['without any      ', well],
    ['beside 20 well   ', well + others('true')],
    ['beside 20 sick   ', well + others('false')],
  ] as const) {
    await using world = await createWorld();
    await world.write(file);
    await using _running = startController(world, ['watch', '--json', '--name', 'lab', '--deadline', '9h']);
    const isReady = (address: string) => remembered(world).ready('lab', address) === 'true Converged';
    await until('both are well', () => isReady('network.lan') && isReady('container.web'), 120_000);
    if (!file.includes('"false"')) await until('all is well', isWell(world), 120_000);
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
