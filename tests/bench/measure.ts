import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { must, run } from '../system/support/shell.ts';

/** What a command took, over several runs of it. */
export interface Measured {
  /** ms */
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
}

/** Runs something so often, after one run that does not count, and says how long it took. */
export async function measure(times: number, work: () => Promise<unknown>): Promise<Measured> {
  await work();
  const taken: number[] = [];
  for (let index = 0; index < times; index += 1) taken.push(await timed(work));
  return summary(taken);
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

export function summary(taken: readonly number[]): Measured {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), fastest: at(0), slowest: at(1) };
}

/** The most memory that a Node process had at a time, in MiB, by its own account when it ends. */
export async function peakMemory(argv: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'nova-bench-'));
  try {
    const hook = join(folder, 'hook.mjs');
    const told = join(folder, 'peak');
    const body = `import { writeFileSync } from 'node:fs';
      process.on('exit', () => writeFileSync(${JSON.stringify(told)}, String(process.resourceUsage().maxRSS)));`;
    await writeFile(hook, body);
    await must(argv, { env: { NODE_OPTIONS: `--import=${hook}` } });
    return Number(await readFile(told, 'utf8')) / 1024;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs the pieces of work, so many at once. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export { must, run };

/** `123 ms (118 to 160)` */
export function show({ median, fastest, slowest }: Measured): string {
  return `${median.toFixed(0)} ms (${fastest.toFixed(0)} to ${slowest.toFixed(0)})`;
}
