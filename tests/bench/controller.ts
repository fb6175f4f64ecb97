import { openStateReader } from '../../stateStore/reader.ts';
import { createRepository } from '../controller/sources/repository.ts';
import { remembered, startController, until } from '../system/support/controller.ts';
import { createWorld, type World } from '../system/support/world.ts';
import { summary } from './measure.ts';

const volumes = (count: number): string =>
  Array.from({ length: count }, (_, index) => `[volume.v${index}]\n`).join('');

/** From `git push` to the first step that changes something, by a hook and by looking, with so many resources. */
export async function pushes(resources: number, times: number): Promise<string> {
  const lines = [`from git push to the first change, ${resources} resources, ${times} pushes`];
  for (const { way, interval } of [
    { way: 'told by a hook  ', interval: '1h' },
    { way: 'looking each 1 s', interval: '1s' },
  ]) {
    await using world = await createWorld();
    using repository = createRepository();
    repository.push({ 'NovaFile.toml': `project = "bench"\n${volumes(resources)}` });
    const repo = ['--repo', repository.bare, '--name', 'lab', '--interval', interval];
    await using _running = startController(world, ['controller', '--json', ...repo]);
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged', 120_000);
    if (interval === '1h') await world.novaMust(['hook', 'install', repository.bare, 'lab']);
    const taken: number[] = [];
    for (let index = 0; index < times; index += 1) {
      const begun = Date.now();
      const mode = `mode = "07${index % 5}0"\n`;
      const commit = repository.push({ 'NovaFile.toml': `project = "bench"\n${volumes(resources)}${mode}` });
      await until(
        'applied',
        () => remembered(world).source('lab')?.goodRevision === `main@${commit}`,
        60_000,
      );
      taken.push(firstStep(world, begun) - begun);
    }
    lines.push(`  ${way}   ${told(taken)}`);
  }
  return lines.join('\n');
}

/** ms since the epoch; from the journal */
function firstStep(world: World, after: number): number {
  const reader = openStateReader({ directory: world.stateDirectory });
  try {
    const rows = reader.journal({ scope: world.scope.id, project: 'bench' }, 50);
    return rows.findLast(({ begun }) => begun >= after)?.begun ?? Number.NaN;
  } finally {
    reader.close();
  }
}

const lan = `project = "bench"
[network.lan]
subnet = "192.168.91.1/24"
[container.web]
capsule = "./root"
command = ["sleep", "100000"]
network = "lan"
restart = "never"
stop_timeout = 1
`;

/** From a change by hand to the event that says that it was repaired. */
export async function repairs(times: number): Promise<string> {
  await using world = await createWorld();
  await world.write(lan);
  await using _running = startController(world, ['watch', '--json', '--name', 'lab']);
  await until('as declared', () => remembered(world).ready('lab') === 'true Converged', 60_000);
  const ways: readonly (readonly [what: string, address: string, argv: readonly string[]])[] = [
    ['another MTU       ', 'network.lan', ['ip', 'link', 'set', 'lan', 'mtu', '1280']],
    ['rules gone        ', 'network.lan', ['nft', 'flush', 'ruleset']],
    ['bridge gone       ', 'network.lan', ['ip', 'link', 'delete', 'lan']],
    ['container killed  ', 'container.web', ['sh', '-c', `kill -9 $(cat ${pidFile(world)})`]],
  ];
  const lines = [`from a change by hand to its repair, ${times} times each`];
  for (const [what, address, argv] of ways) {
    const taken: number[] = [];
    for (let index = 0; index < times; index += 1) {
      const last = remembered(world).events().at(-1)?.id ?? 0;
      const begun = Date.now();
      await world.inside(argv);
      const repaired = () =>
        remembered(world)
          .events()
          .find(({ id, subject, reason }) => id > last && subject === address && reason === 'Converged');
      await until(`${what} is repaired`, () => repaired() !== undefined, 90_000);
      taken.push((repaired()?.at ?? Number.NaN) - begun);
      await until('all is well', () => remembered(world).ready('lab') === 'true Converged');
    }
    lines.push(`  ${what} ${told(taken)}`);
  }
  return lines.join('\n');
}

function pidFile(world: World): string {
  return `/run/nova/${world.scope.id}/containers/${world.identity('bench', 'container.web')}/pid`;
}

/** `median 123 ms, p95 160 ms, slowest 170 ms` */
function told(taken: readonly number[]): string {
  const { median, slowest } = summary(taken);
  const p95 = taken.toSorted((a, b) => a - b)[Math.ceil(taken.length * 0.95) - 1] ?? Number.NaN;
  return `median ${median.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms`;
}
