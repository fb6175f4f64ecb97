import { createWorld } from '../system/support/world.ts';
import { type Bundle, bundleLike, remove, start, startWhole } from './byHand.ts';
import { inParallel, type Measured, show, summary, timed } from './measure.ts';
import { install } from './shipped.ts';

const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
const width = 4;

const novaFile = `project = "bench"
${names.map((name) => `[container.${name}]\ncapsule = "./root"\ncommand = ["sleep", "100000"]\nstop_timeout = 1`).join('\n')}
`;

/**
 * Twenty capsules from nothing to running, beside conmon and runc started by hand from the same config.json: in the
 * namespaces and roots that Nova has made, and with those made by hand too.
 */
export async function capsules(times: number): Promise<string> {
  await using shipped = await install();
  await using world = await createWorld({ program: shipped.launcher });
  await world.write(novaFile);
  const nova: number[] = [];
  const raw: number[] = [];
  const whole: number[] = [];
  const byHand = async (how: (bundle: Bundle) => Promise<void>): Promise<number> => {
    const bundles = await Promise.all(names.map((name) => bundleLike(world, name)));
    try {
      return await timed(() => inParallel(bundles, width, how));
    } finally {
      for (const bundle of bundles) await remove(bundle);
    }
  };
  for (let index = 0; index < times; index += 1) {
    nova.push(await timed(() => world.novaMust(['apply', '--yes', '--parallelism', String(width)])));
    raw.push(await byHand(start));
    whole.push(await byHand(startWhole));
    await world.novaMust(['destroy', '--yes']);
  }
  const [ours, theirs, more] = [summary(nova), summary(raw), summary(whole)];
  return [
    `${names.length} capsules, ${width} at once`,
    `  nova apply, the whole process: plan, namespaces, roots, start, look    ${show(ours)}`,
    `  conmon, runc create, runc start by hand, where Nova has made the rest  ${show(theirs)}`,
    `  the same with ip netns add, lo up and mount for each                   ${show(more)}`,
    `  ratio of the medians                                                   ${ratio(ours, theirs)}; ${ratio(ours, more)}`,
  ].join('\n');
}

function ratio(ours: Measured, theirs: Measured): string {
  return (ours.median / theirs.median).toFixed(2);
}
