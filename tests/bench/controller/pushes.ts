import { openStateReader } from '../../../stateStore/reader.ts';
import { createRepository, serve } from '../../controller/sources/repository.ts';
import { remembered, startController, until } from '../../system/support/controller.ts';
import { tracked } from '../../system/support/leftovers.ts';
import { createWorld, type World } from '../../system/support/world.ts';
import { install } from '../shipped.ts';
import { isWell, tables, told } from './told.ts';

/**
 * From the beginning of `git push` to the first step that changes something, by a hook and by looking, with so many
 * resources. The repository is bare, and read over HTTP from `git http-backend`.
 */
export async function pushes(resources: number, times: number): Promise<string> {
  const lines = [`from git push to the first change, ${resources} resources`];
  for (const { way, interval } of [
    { way: 'told by a hook   ', interval: '1h' },
    { way: 'looking each 1 s ', interval: '1s' },
  ]) {
    await using shipped = await install();
    await using world = await createWorld({ program: shipped.launcher });
    using repository = createRepository();
    await using server = tracked(await serve(repository));
    const file = (index: number): string => {
      const all = tables(resources, (each) => `[volume.v${each}]\n`);
      return `project = "bench"\n${all}mode = "07${index % 8}0"\n`;
    };
    repository.push({ 'NovaFile.toml': file(0) });
    const repo = ['--repo', server.url, '--name', 'lab', '--interval', interval];
    await using _running = startController(world, ['controller', '--json', ...repo]);
    await until('as declared', isWell(world), 120_000);
    if (interval === '1h') await world.novaMust(['hook', 'install', repository.bare, 'lab']);
    const taken: number[] = [];
    for (let index = 1; index <= times; index += 1) {
      repository.write({ 'NovaFile.toml': file(index) });
      repository.git('commit', '--quiet', '--all', '--message', 'a change');
      const begun = Date.now();
      repository.git('push', '--quiet', repository.bare, 'HEAD:main');
      const commit = `main@${repository.git('rev-parse', 'HEAD')}`;
      await until('applied', () => remembered(world).source('lab')?.goodRevision === commit, 60_000);
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
