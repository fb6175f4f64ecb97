import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { applyPlan } from '../../../controller/apply/applyPlan.ts';
import { refuseStalePlan } from '../../../controller/plan/checkSaved.ts';
import { dependenciesOf } from '../../../controller/plan/dependencies.ts';
import { surveyedFacts } from '../../../controller/plan/facts.ts';
import { diffOf } from '../../../controller/plan/ignored.ts';
import { makePlan } from '../../../controller/plan/makePlan.ts';
import type { Plan } from '../../../controller/plan/plan.ts';
import { readSavedPlan, type SavedPlan, savedPlanJson } from '../../../controller/plan/savedPlan.ts';
import { differencesOf } from '../../../controller/plan/stale.ts';
import { type Survey, survey } from '../../../controller/plan/survey.ts';
import { ensureHostKey } from '../../../controller/secrets/hostKey.ts';
import { seal, withSecrets } from '../../../controller/secrets/sealed.ts';
import type { Session } from '../../../controller/session.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import type { NetworkSeen } from '../../../reconcilers/network/seen.ts';
import type { Step } from '../../../reconcilers/reconciler.ts';
import type { NovaError } from '../../../schema/errors.ts';
import type { Manifest } from '../../../schema/manifest.ts';
import { createMemoryStore } from '../../../stateStore/memory.ts';
import { damages } from '../../contracts/reconciler/damages.ts';
import { novaFiles } from '../../contracts/reconciler/novaFiles.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';
import { runs } from '../../runs.ts';

/** A host that is as one NovaFile says, with some things broken by hand; and the NovaFile to be applied to it. */
const pairs = fc.tuple(novaFiles(), novaFiles(), fc.array(fc.nat(), { maxLength: 2 }));

/** A capsule by reference, then of an image that names the same; conmon stopped by hand in between. */
const head = '[container.web]\ncommand = ["/bin/serve"]\n';
const sameImage: [string, string, number[]] = [
  `project = "demo"\n${head}capsule = "registry.lan/app:1"\n`,
  `project = "demo"\n${head}capsule = "base"\n[image.base]\nsource = "docker://registry.lan/app:1"\n`,
  [823_124_615],
];

/** A machine with the one GPU, then with a function of a card that is yet to be split. */
const laterFunction: [string, string, number[]] = [
  'project = "demo"\n[vm.box]\nimage = "/lab/debian.raw"\ngpu_passthrough = true\n',
  `project = "demo"
[gpu.nic]
address = "0000:07:00.0"
sriov_vfs = 2
[vm.box]
boot = { kernel = "/lab/debian.raw" }
gpu_passthrough = [{ name = "nic", vf = 0 }]
`,
  [],
];

/** A function of a card that a hand has given to `vfio-pci`, which takes its functions along when it gives it back. */
const functionAnew: [string, string, number[]] = (() => {
  const nic = '[gpu.nic]\naddress = "0000:07:00.0"\nsriov_vfs = 2\n';
  const passed = 'gpu_passthrough = [{ name = "nic", vf = 0 }]\n';
  const box = `project = "demo"\n${nic}[vm.box]\n${passed}`;
  return [
    `${box}image = "/lab/debian.raw"\nstate = "stopped"\n`,
    `${box}boot = { kernel = "/lab/debian.raw" }\n`,
    [4],
  ];
})();

const timeout = 120_000 + runs(500) * 1_000;

describe('a saved plan', () => {
  it(
    'runs exactly as planned on 500 generated pairs of manifest and host, and nothing is left to do',
    { timeout },
    async () => {
      await fc.assert(
        fc.asyncProperty(pairs, async ([first, second, broken]) => {
          const { host, session } = await hostAsIn(first, broken);
          const saved = await save(host, await readManifest(second));
          const { plan, surveyed, executed } = await runSaved(session, saved);
          const planned = stepsOf(saved.resources);
          const spared = sparedIn(saved, surveyed, executed);
          const open = openIn(saved);
          const settled = (step: string) => !open.some((address) => step.startsWith(`${address} `));
          const due = planned.filter((step) => executed.includes(step) || !spared.includes(step));
          expect(executed.filter(settled)).toEqual(due.filter(settled));
          expect(executed.filter((step) => !planned.includes(step))).toEqual([]);
          expect(stepsOf(plan.resources)).toEqual(stepsOf(saved.resources));
          expect(stepsOf((await plannedNow(host, saved.manifest)).plan.resources)).toEqual([]);
        }),
        { numRuns: runs(500), examples: [[sameImage], [laterFunction], [functionAnew]] },
      );
    },
  );

  it(
    'is refused with the field that changed, before the first effect, when a hand was quicker',
    { timeout },
    async () => {
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(pairs, fc.nat(), async ([first, second, broken], choice) => {
          const { host, session } = await hostAsIn(first, broken);
          const saved = await save(host, await readManifest(second));
          const before = await plannedNow(host, saved.manifest);
          const done = damages(host, choice);
          const now = await plannedNow(host, saved.manifest);
          const moved = now.plan.resources.filter((resource) => {
            return (
              saved.resources.find(({ address }) => address === resource.address)?.fingerprint !==
              resource.fingerprint
            );
          });
          const gone = saved.resources.filter(({ address }) =>
            now.plan.resources.every((other) => other.address !== address),
          );
          if (moved.length + gone.length === 0) return;
          refused += 1;
          const [print, effects] = [host.print(), host.kernel.mutations];
          const error = await runSaved(session, saved).then(
            () => undefined,
            (thrown: unknown) => thrown as NovaError,
          );
          expect(error?.code, done).toBe('plan.stale');
          const differences = differencesOf(
            surveyedFacts(before.plan, before.surveyed),
            surveyedFacts(now.plan, now.surveyed),
          );
          const addresses = new Set(differences.map(({ address }) => address));
          expect([...addresses].toSorted(), done).toEqual(
            [...moved, ...gone].map(({ address }) => address).toSorted(),
          );
          for (const { address, field } of differences.slice(0, 5)) {
            expect(error?.message).toContain(address);
            if (field !== 'status') expect(error?.message).toContain(field);
          }
          expect(host.print()).toBe(print);
          expect(host.kernel.mutations).toBe(effects);
        }),
        { numRuns: runs(200) },
      );
      expect(refused).toBeGreaterThan(100);
    },
  );
});

/** What is made of an image that is yet to be pulled: it may come out that it is made of just that already. */
function openIn({ resources, manifest }: SavedPlan): readonly string[] {
  const pulled = new Set(
    resources.filter(({ steps }) => steps.some(({ id }) => id === 'pull')).map(({ address }) => address),
  );
  const users = manifest.resources.filter(({ dependsOn }) => dependsOn.some((other) => pulled.has(other)));
  return users.map(({ address }) => address);
}

/**
 * Networks share `ip_forward`: where it has to be switched on for several, the first does it for all, and of the others
 * those that are counted as its users already have nothing to do there any more.
 */
function sparedIn(
  { resources, manifest }: SavedPlan,
  { wanted }: Survey,
  executed: readonly string[],
): readonly string[] {
  const switching = resources
    .filter(({ steps }) => steps.some(switchesOn))
    .map(({ address }) => `${address} forwarding`);
  const deps = dependenciesOf(manifest, () => undefined);
  const forwarding = manifest.resources.flatMap((resource) => {
    const { address } = resource;
    const observed = wanted.get(address);
    const own = `${address} forwarding`;
    const done = switching.some((step) => step !== own && executed.includes(step));
    if (!done || resource.kind !== 'network' || observed?.status !== 'present') return [];
    const seen = { ...(observed.seen as NetworkSeen), forwarding: '1' };
    const { steps } = diffOf(resource, seen, deps);
    return steps.some(({ id }) => id === 'forwarding') ? [] : [own];
  });
  if (!executed.some(takesLinks)) return forwarding;
  const left = resources.filter(({ steps }) => steps.some(leaves)).map(({ address }) => `${address} link`);
  return [...forwarding, ...left];
}

/** The kernel takes a member's link along with the VLAN that it lies over, which may go before the member leaves. */
function takesLinks(step: string): boolean {
  return / (?:vlans|macvlan\.remove)$/.test(step);
}

function leaves({ id, changes }: Step): boolean {
  return id === 'link' && changes.every(({ after }) => after === undefined);
}

function switchesOn({ id, changes }: Step): boolean {
  return id === 'forwarding' && changes.some(({ path, after }) => path === 'ip_forward' && after === '1');
}

async function hostAsIn(
  novaFile: string,
  broken: readonly number[],
): Promise<{ host: FakeHost; session: Session }> {
  const host = makeWorld();
  const owner = { scope: host.scope.id, project: host.project };
  const session: Session = { host, store: createMemoryStore(), owner, [Symbol.asyncDispose]: async () => {} };
  await runSaved(session, await save(host, await readManifest(novaFile)));
  for (const choice of broken) damages(host, choice);
  return { host, session };
}

async function plannedNow(host: FakeHost, manifest: Manifest): Promise<{ plan: Plan; surveyed: Survey }> {
  const surveyed = await survey(host.view(), manifest);
  return { plan: makePlan(manifest, surveyed, options), surveyed };
}

const options = { deleteVolumes: true };

/** Where the key of the host is. */
let state: string;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'nova-state-'));
  await ensureHostKey(state);
});

afterAll(() => rmSync(state, { recursive: true }));

/** As it is read from the file: without a value of a secret in it, and with each when it is opened. */
async function save(host: FakeHost, manifest: Manifest): Promise<SavedPlan> {
  const { scope } = host;
  const place = { scope: scope.id, dataDirectory: scope.data, stateDirectory: state };
  const sealed = await seal(manifest, () => ensureHostKey(state));
  const document = savedPlanJson({ ...(await plannedNow(host, manifest)), manifest, sealed, options }, place);
  const text = JSON.stringify(document);
  expect(text).not.toContain('-canary');
  const saved = readSavedPlan(text, 'plan.json');
  return {
    ...saved,
    manifest: await withSecrets(
      { ...saved.manifest, ...(sealed === undefined ? {} : { sealed }) },
      'it',
      state,
    ),
  };
}

async function runSaved(
  session: Session,
  saved: SavedPlan,
): Promise<{ plan: Plan; surveyed: Survey; executed: readonly string[] }> {
  const host = session.host as FakeHost;
  const { plan, surveyed } = await plannedNow(host, saved.manifest);
  refuseStalePlan(saved, plan, surveyed);
  const executed: string[] = [];
  const nothing = (): void => undefined;
  const progress = {
    begun: nothing,
    settled: nothing,
    retrying: nothing,
    left: nothing,
    close: nothing,
    phase: ({ address }: { address: string }, phase: string): void => {
      if (phase !== 'checking') executed.push(`${address} ${phase}`);
    },
  };
  const { signal } = new AbortController();
  const run = { parallelism: undefined, progress, stop: signal, force: signal };
  const outcomes = plan.resources.some(({ steps }) => steps.length > 0)
    ? await applyPlan(session, saved.manifest, plan, surveyed, run)
    : new Map();
  expect([...outcomes.values()].filter(({ state }) => state !== 'ready')).toEqual([]);
  return { plan, surveyed, executed: executed.toSorted() };
}

function stepsOf(
  resources: Pick<SavedPlan, 'resources'>['resources'] | Plan['resources'],
): readonly string[] {
  return resources.flatMap(({ address, steps }) => steps.map(({ id }) => `${address} ${id}`)).toSorted();
}
