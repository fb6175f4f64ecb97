import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makePlan } from '../../../controller/plan/makePlan.ts';
import type { Plan } from '../../../controller/plan/plan.ts';
import { survey } from '../../../controller/plan/survey.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import { defaultPolicy, type Policy } from '../../../schema/common.ts';
import type { FieldChange } from '../../../reconcilers/reconciler.ts';
import type { Kind, Manifest } from '../../../schema/manifest.ts';
import { hidden } from '../../../schema/sensitive.ts';
import { damages } from '../../contracts/reconciler/damages.ts';
import { apply } from '../../contracts/reconciler/driver.ts';
import { novaFiles } from '../../contracts/reconciler/novaFiles.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const numRuns = 40;
const timeout = 120_000;

function withPolicy(manifest: Manifest, policy: (kind: Kind) => Partial<Policy>): Manifest {
  const resources = manifest.resources.map((resource) => {
    return { ...resource, policy: { ...defaultPolicy, ...policy(resource.kind) } };
  });
  return { ...manifest, resources };
}

async function hostAsIn(text: string): Promise<FakeHost> {
  const host = makeWorld();
  await apply(host, await readManifest(text));
  return host;
}

const fields: Readonly<Record<Kind, readonly string[]>> = {
  network: ['mtu', 'domain', 'dhcp_range', 'dns'],
  volume: ['mode', 'owner'],
  image: ['source'],
  gpu: [],
  container: ['env', 'workdir', 'hostname', 'limits', 'restart', 'stop_timeout', 'state'],
  vm: ['cpu', 'memory', 'accel', 'disk.size', 'stop_timeout', 'state'],
};

describe('policies', () => {
  it('law: no plan deletes or replaces what prevent_destroy keeps', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(novaFiles(), novaFiles(), async (first, second) => {
        const host = await hostAsIn(first);
        const keep = () => ({ prevent_destroy: true });
        const applied = withPolicy(await readManifest(first), keep);
        const manifest = withPolicy(await readManifest(second), keep);
        const plan = makePlan(
          manifest,
          await survey(host.view(), manifest),
          { deleteVolumes: true },
          { applied },
        );
        const grave = plan.resources.filter(
          ({ action, steps }) =>
            action === 'delete' || steps.some(({ effect }) => effect === 'replace' || effect === 'data-loss'),
        );
        expect(grave.map(({ address }) => address)).toEqual([]);
      }),
      { numRuns },
    );
  });

  it(
    'law: no plan shows a change of a field that is left alone, but of secrets each',
    { timeout },
    async () => {
      await fc.assert(
        fc.asyncProperty(novaFiles(), novaFiles(), fc.nat(), async (first, second, choice) => {
          const host = await hostAsIn(first);
          damages(host, choice);
          const manifest = withPolicy(await readManifest(second), (kind) => ({
            ignore_changes: fields[kind],
          }));
          const plan = makePlan(manifest, await survey(host.view(), manifest));
          expect(touched(plan)).toEqual([]);
          const all = await readManifest(second);
          expect(secretsIn(plan)).toEqual(secretsIn(makePlan(all, await survey(host.view(), all))));
        }),
        { numRuns },
      );
    },
  );

  it(
    'law: with warn and ignore no hand of the host is repaired, and with warn each is told',
    { timeout },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          novaFiles(),
          fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
          fc.constantFrom('warn' as const, 'ignore' as const),
          async (text, choices, drift) => {
            const host = await hostAsIn(text);
            for (const choice of choices) damages(host, choice);
            const enforced = await readManifest(text);
            const manifest = withPolicy(enforced, () => ({ drift }));
            const surveyed = await survey(host.view(), manifest);
            const plan = makePlan(manifest, surveyed, {}, { applied: manifest });
            expect(plan.resources.flatMap(({ steps }) => steps)).toEqual([]);
            const would = makePlan(enforced, surveyed).resources.filter(({ steps }) => steps.length > 0);
            const told = plan.resources.filter((resource) => resource.drift !== undefined);
            const expected = drift === 'warn' ? would : [];
            expect(told.map(({ address }) => address)).toEqual(
              expect.arrayContaining(expected.map(({ address }) => address)),
            );
            if (drift === 'ignore') expect(told.filter(({ problems }) => problems.length === 0)).toEqual([]);
          },
        ),
        { numRuns },
      );
    },
  );
});

/** Changes of fields that are to be left alone, of what was there. */
function touched(plan: Plan): readonly string[] {
  return plan.resources.flatMap(({ address, kind, action, steps }) => {
    if (action === 'create' || action === 'delete') return [];
    return steps.flatMap((step) =>
      step.class === 'missing'
        ? []
        : step.changes
            .filter((change) => change.before !== undefined && isLeft(kind, change.path) && !isSecret(change))
            .map(({ path }) => `${address} ${path}`),
    );
  });
}

/** Changes of secrets, whose values are always as declared. */
function secretsIn(plan: Plan): readonly string[] {
  const found = plan.resources.flatMap(({ address, steps }) =>
    steps.flatMap(({ changes }) => changes.filter(isSecret).map(({ path }) => `${address} ${path}`)),
  );
  return found.toSorted();
}

function isSecret({ before, after }: FieldChange): boolean {
  return before === hidden || after === hidden;
}

function isLeft(kind: Kind, path: string): boolean {
  return fields[kind].some((field) => path === field || path.startsWith(`${field}.`));
}
