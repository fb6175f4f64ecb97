// In a process of its own: what smol-toml alone needs for all files of a project, then what reading and checking it needs.
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse } from 'smol-toml';

import { readProject } from '../../controller/project.ts';

const [file = '', runs = '1'] = process.argv.slice(2);
const texts = [file, ...globSync(`${dirname(file)}/parts/*.toml`)].map((path) => readFileSync(path, 'utf8'));

const taken = { toml: [] as number[], nova: [] as number[] };
let issues = 0;
for (let run = 0; run < Number(runs); run += 1) {
  const begun = performance.now();
  for (const text of texts) parse(text, { integersAsBigInt: 'asNeeded' });
  const parsed = performance.now();
  issues = (await readProject(file)).issues.length;
  taken.toml.push(parsed - begun);
  taken.nova.push(performance.now() - parsed);
}

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
process.stdout.write(JSON.stringify({ toml: median(taken.toml), nova: median(taken.nova), issues }));
