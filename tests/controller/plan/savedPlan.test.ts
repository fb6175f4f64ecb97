import { describe, expect, it } from 'vitest';

import { refuseStalePlan } from '../../../controller/plan/checkSaved.ts';
import { hashOf } from '../../../controller/plan/hash.ts';
import { makePlan } from '../../../controller/plan/makePlan.ts';
import { readSavedPlan, savedPlanJson } from '../../../controller/plan/savedPlan.ts';
import { survey } from '../../../controller/plan/survey.ts';
import { planJson } from '../../../controller/render/planJson.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const novaFile = 'project = "demo"\n[network.lan]\nsubnet = "192.168.77.1/24"\n';

async function saved() {
  const host = makeWorld();
  const manifest = await readManifest(novaFile);
  const surveyed = await survey(host.view(), manifest);
  const plan = makePlan(manifest, surveyed);
  const place = { scope: host.scope.id, dataDirectory: '/data', stateDirectory: '/state' };
  const document = savedPlanJson({ plan, manifest, surveyed, options: {} }, place);
  return { plan, manifest, surveyed, document, text: JSON.stringify(document, null, 2) };
}

describe('a saved plan', () => {
  it('is the plan as programs read it, with additions', async () => {
    const { plan, document } = await saved();
    expect(document).toMatchObject(JSON.parse(JSON.stringify(planJson(plan))));
    expect(document['kind']).toBe('nova.plan');
  });

  it('keeps its form', async () => {
    const { document } = await saved();
    const text = `${JSON.stringify(document, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../fixtures/plans/saved.json');
  });

  it('is read as it was written', async () => {
    const { plan, manifest, text } = await saved();
    const read = readSavedPlan(text, 'plan.json');
    expect(read).toMatchObject({ plan_hash: plan.hash, commit: null, place: { dataDirectory: '/data' } });
    expect(hashOf(read.manifest)).toBe(hashOf(manifest));
  });

  it.each([
    { reason: 'a value was edited', edit: (text: string) => text.replace('"mtu": 1500', '"mtu": 1400') },
    {
      reason: 'a step was taken out',
      edit: (text: string) => text.replaceAll('bridge.create', 'bridge.other'),
    },
    { reason: 'it was cut off', edit: (text: string) => text.slice(0, -20) },
    { reason: 'it is another document', edit: () => '{"name": "nova-host"}' },
    {
      reason: 'it is the output of plan --json',
      edit: (text: string) => text.replace('"kind": "nova.plan",', ''),
    },
    {
      reason: 'its format is of another Nova',
      edit: (text: string) => text.replace('"format_version": "1.0"', '"format_version": "2.0"'),
    },
  ])('is refused when $reason', async ({ edit }) => {
    const { text } = await saved();
    const edited = edit(text);
    expect(edited).not.toBe(text);
    expect(() => readSavedPlan(edited, 'plan.json')).toThrowError(
      expect.objectContaining({ code: 'plan.damaged' }),
    );
  });

  it('is refused when it holds a kind that is not known, however well it is signed', async () => {
    const { document } = await saved();
    const { digest: _, ...rest } = JSON.parse(JSON.stringify(document).replaceAll('"network"', '"teapot"'));
    const text = JSON.stringify({ ...rest, digest: hashOf(rest) });
    expect(() => readSavedPlan(text, 'plan.json')).toThrowError(
      expect.objectContaining({ code: 'plan.damaged' }),
    );
  });

  it('is refused when planning would come to other steps on the very same host', async () => {
    const { plan, surveyed, text } = await saved();
    const read = readSavedPlan(text, 'plan.json');
    expect(() => refuseStalePlan(read, plan, surveyed)).not.toThrow();
    const other = {
      ...plan,
      hash: 'other',
      resources: plan.resources.map((resource) => ({ ...resource, steps: resource.steps.slice(1) })),
    };
    expect(() => refuseStalePlan(read, other, surveyed)).toThrowError(
      /the steps for network\.lan would be different ones/,
    );
  });
});
