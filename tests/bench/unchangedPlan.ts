import { createWorld } from '../system/support/world.ts';
import { measure, must, peakMemory, show } from './measure.ts';
import { install } from './shipped.ts';

/** A project at rest with so many resources, in the mix of a busy host. */
function novaFile(networks: number, volumes: number, capsules: number): string {
  const table = (count: number, body: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => body(index)).join('\n');
  return `project = "bench"
${table(networks, (n) => `[network.n${n}]\nsubnet = "10.${100 + Math.floor(n / 250)}.${n % 250}.1/24"\ndns = false`)}
${table(volumes, (n) => `[volume.v${n}]`)}
${table(capsules, (n) => `[container.c${n}]\ncapsule = "./root"\ncommand = ["sleep", "100000"]\nnetwork = "n${n}"\nvolumes = ["v${n}:/data"]\nstop_timeout = 1`)}
`;
}

/** An unchanged plan, whole process, beside a bare Node and the raw reads of the same host in the same run. */
export async function unchangedPlan(
  size: { networks: number; volumes: number; capsules: number },
  times: number,
): Promise<string> {
  const { networks, volumes, capsules } = size;
  await using shipped = await install();
  await using world = await createWorld({ program: shipped.launcher });
  await world.write(novaFile(networks, volumes, capsules));
  await world.novaMust(['apply', '--yes']);
  const plan = world.command(['plan', '--detailed-exitcode']);
  const raw: readonly (readonly string[])[] = [
    [process.execPath, '-e', '0'],
    ['nsenter', `--net=/run/netns/${world.netns}`, 'ip', '-j', '-d', 'addr'],
    ['nsenter', `--net=/run/netns/${world.netns}`, 'nft', '-j', 'list', 'ruleset'],
  ];
  const nova = await measure(times, () => must(plan));
  const sum = await measure(times, async () => {
    for (const argv of raw) await must(argv);
  });
  const memory = await peakMemory(plan);
  return [
    `unchanged plan of ${networks + volumes + capsules} resources`,
    `  nova plan                     ${show(nova)}, ${memory.toFixed(0)} MiB`,
    `  node -e 0; ip -j -d; nft -j   ${show(sum)}`,
    `  difference of the medians     ${(nova.median - sum.median).toFixed(0)} ms`,
  ].join('\n');
}
