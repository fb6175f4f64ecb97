import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { applyPlan } from '../../controller/apply/applyPlan.ts';
import { makePlan } from '../../controller/plan/makePlan.ts';
import { hasChanges } from '../../controller/plan/plan.ts';
import { survey } from '../../controller/plan/survey.ts';
import { planText } from '../../controller/render/planText.ts';
import { createProgress } from '../../controller/render/progress.ts';
import { createStyle } from '../../controller/render/style.ts';
import { createFakeHost } from '../../fixtures/fakeHost.ts';
import { parseNovaFile } from '../../schema/parse.ts';
import { openStateStore } from '../../stateStore/sqlite.ts';

/**
 * Plans or applies so many volumes on the machine in memory, with the real state database; prints how many ms of it went
 * into what was there before and does not count.
 */
const [, , part = 'plan', count = '100'] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'nova-bench-'));
const text = `project = "bench"\n${Array.from({ length: Number(count) }, (_, n) => `[volume.v${n}]`).join('\n')}\n`;
const parsed = await parseNovaFile({ text, file: '/bench/NovaFile.toml' });
if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
const { manifest } = parsed;
const host = createFakeHost({ project: 'bench' });
const style = createStyle(false);
const never = new AbortController().signal;
const silent = createProgress({ write: () => true }, style, () => host.clock.now());

const plan = async () => {
  const surveyed = await survey(host.view(), manifest);
  return { surveyed, planned: makePlan(manifest, surveyed) };
};

const apply = async () => {
  const store = openStateStore({ directory: folder });
  const owner = { scope: host.scope.id, project: 'bench' };
  const session = { host, store, owner, [Symbol.asyncDispose]: async () => store.close() };
  const { surveyed, planned } = await plan();
  const options = { parallelism: undefined, progress: silent, stop: never, force: never };
  const outcomes = await applyPlan(session, manifest, planned, surveyed, options);
  store.close();
  if ([...outcomes.values()].some(({ state }) => state !== 'ready'))
    throw new Error('not everything was applied');
};

let uncounted = 0;
if (part === 'unchanged') {
  const begun = performance.now();
  await apply();
  uncounted = performance.now() - begun;
}
if (part === 'apply') await apply();
else {
  const { planned } = await plan();
  planText(planned, style);
  if (hasChanges(planned) !== (part === 'plan'))
    throw new Error('the plan is not the one that was to be measured');
}
rmSync(folder, { recursive: true });
process.stdout.write(String(uncounted));
