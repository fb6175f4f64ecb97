import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { must, run, show, summary, timed } from './measure.ts';

const onFakeHost = resolve(import.meta.dirname, 'fakeHostMain.ts');

/** Resources that do nothing: what the tool itself costs. Beside Terraform where it is installed. */
export async function terraform(count: number, times: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nova-bench-'));
  try {
    const nova = await measureNova(count, times);
    const lines = [`${count} of the smallest resource`, ...rows('nova, on the machine in memory', nova)];
    if ((await run(['sh', '-c', 'command -v terraform'])).code !== 0) {
      return [...lines, '  terraform is not installed: left out'].join('\n');
    }
    return [
      ...lines,
      ...rows('terraform, terraform_data', await measureTerraform(folder, count, times)),
    ].join('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Times {
  readonly plan: number[];
  readonly apply: number[];
  readonly unchanged: number[];
}

function rows(who: string, { plan, apply, unchanged }: Times): readonly string[] {
  const parts = Object.entries({ plan, apply, 'unchanged plan': unchanged });
  return parts.map(([what, taken]) => `  ${`${who}: ${what}`.padEnd(48)} ${show(summary(taken))}`);
}

/** Each part by a process of its own, from its start to its end; what was there before is made first, and not counted. */
async function measureNova(count: number, times: number): Promise<Times> {
  const found: Times = { plan: [], apply: [], unchanged: [] };
  for (let index = 0; index < times; index += 1) {
    for (const part of ['plan', 'apply', 'unchanged'] as const) {
      const argv = [process.execPath, onFakeHost, part, String(count)];
      const begun = performance.now();
      const uncounted = Number(await must(argv));
      found[part].push(performance.now() - begun - uncounted);
    }
  }
  return found;
}

async function measureTerraform(folder: string, count: number, times: number): Promise<Times> {
  const found: Times = { plan: [], apply: [], unchanged: [] };
  const resources = Array.from(
    { length: count },
    (_, n) => `resource "terraform_data" "r${n}" { input = "${n}" }`,
  );
  await writeFile(join(folder, 'main.tf'), resources.join('\n'));
  const env = { CHECKPOINT_DISABLE: '1' };
  const terraformDo = (argv: readonly string[]) => must(['terraform', ...argv], { cwd: folder, env });
  await terraformDo(['init', '-input=false']);
  for (let index = 0; index < times; index += 1) {
    found.plan.push(await timed(() => terraformDo(['plan', '-input=false'])));
    found.apply.push(await timed(() => terraformDo(['apply', '-auto-approve', '-input=false'])));
    found.unchanged.push(await timed(() => terraformDo(['plan', '-input=false'])));
    await rm(join(folder, 'terraform.tfstate'), { force: true });
    await rm(join(folder, 'terraform.tfstate.backup'), { force: true });
  }
  return found;
}
