import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { cli } from '../system/support/world.ts';
import { measure, must, peakMemory, run, show, summary } from './measure.ts';

const files = 50;

/** 5,000 resources over 50 includes: networks in the NovaFile, containers as people write them in the others. */
async function writeProject(folder: string): Promise<string> {
  const networks = Array.from({ length: files }, (_, n) => `[network.n${n}]\nsubnet = "10.${n}.0.1/16"\n`);
  await writeFile(
    join(folder, 'NovaFile.toml'),
    `project = "bench"\ninclude = ["parts/*.toml"]\n\n${networks.join('\n')}`,
  );
  await mkdir(join(folder, 'parts'));
  for (let part = 0; part < files; part += 1) {
    const tables = Array.from({ length: 99 }, (_, index) => container(part * 99 + index));
    await writeFile(join(folder, `parts/p${String(part).padStart(2, '0')}.toml`), tables.join('\n'));
  }
  return join(folder, 'NovaFile.toml');
}

function container(index: number): string {
  return `[container.c${index}]
capsule = "./rootfs"
command = ["httpd", "-f", "-p", "80"]
network = { name = "n${index % files}" }
ports = ["${10_000 + index}:80"]
limits = { memory = "64Mi", cpu = 0.5 }
env.GREETING = "hello"
`;
}

interface Told {
  /** ms */
  readonly toml: number;
  readonly nova: number;
  readonly issues: number;
}

/** A good file of 5,000 resources beside what smol-toml alone needs for the same text, and the same with one mistake. */
export async function validate(times: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nova-bench-'));
  try {
    const file = await writeProject(folder);
    const child = [process.execPath, resolve(import.meta.dirname, 'validateMain.ts'), file];
    const once = async (...more: readonly string[]): Promise<Told> =>
      JSON.parse(await must([...child, ...more])) as Told;
    const several = async (...more: readonly string[]): Promise<readonly Told[]> => {
      const told: Told[] = [];
      for (let index = 0; index < times; index += 1) told.push(await once(...more));
      return told;
    };
    const cold = await several();
    const warm = await once('10');
    const ratios = summary(cold.map(({ nova, toml }) => nova / toml));
    const whole = await measure(times, () => must([...cli, 'validate', file]));
    const memory = await peakMemory([...cli, 'validate', file]);
    const part = join(folder, 'parts/p30.toml');
    await writeFile(part, container(2970).replace('0.5', '"half"'));
    const mistaken = await several();
    const wrong = await measure(times, () => run([...cli, 'validate', file]));
    return [
      `validate ${files * 100} resources over ${files} includes (${times} processes)`,
      `  smol-toml alone                 ${show(summary(cold.map(({ toml }) => toml)))}`,
      `  parsed and checked, same run    ${show(summary(cold.map(({ nova }) => nova)))}: ${ratios.median.toFixed(1)} times (${ratios.fastest.toFixed(1)} to ${ratios.slowest.toFixed(1)})`,
      `  both once more in a warm run    ${warm.toml.toFixed(0)} ms, ${warm.nova.toFixed(0)} ms: ${(warm.nova / warm.toml).toFixed(1)} times`,
      `  nova validate, whole process    ${show(whole)}, ${memory.toFixed(0)} MiB`,
      `  with one mistake, in process    ${show(summary(mistaken.map(({ nova }) => nova)))}, ${mistaken[0]?.issues ?? 0} told`,
      `  nova validate with one mistake  ${show(wrong)}`,
    ].join('\n');
  } finally {
    await rm(folder, { recursive: true });
  }
}
