import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { applyPlan } from '../../../controller/apply/applyPlan.ts';
import type { Outcome } from '../../../controller/apply/runPlan.ts';
import { makePlan } from '../../../controller/plan/makePlan.ts';
import type { Plan } from '../../../controller/plan/plan.ts';
import { surveyToPlan } from '../../../controller/plan/survey.ts';
import { planText } from '../../../controller/render/planText.ts';
import { createStyle } from '../../../controller/render/style.ts';
import { type FakeHost, isCrash } from '../../../fixtures/fakeHost.ts';
import type { Address } from '../../../schema/manifest.ts';
import { createMemoryStore } from '../../../stateStore/memory.ts';
import { tidy } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const timeout = 120_000;

/** A capsule and a machine, each made of one thing or the other. */
const lab = (capsule: string, image: string) => `project = "demo"
[network.lan]
subnet = "192.168.77.1/24"
[container.web]
capsule = "${capsule}"
command = ["/bin/serve"]
network = "lan"
lifecycle.create_before_destroy = true
[vm.db]
image = "${image}"
network = "lan"
lifecycle.create_before_destroy = true
`;
const one = lab('/lab/busybox', '/lab/debian.raw');
const other = lab('/lab/other', '/lab/other.raw');

const nothing = (): void => undefined;

async function planned(host: FakeHost, text: string): Promise<Plan> {
  const manifest = await readManifest(text);
  return makePlan(manifest, await surveyToPlan(host.view(), manifest, {}));
}

/** As a run does it. */
async function apply(
  host: FakeHost,
  text: string,
  onPhase: (address: Address, phase: string) => void = nothing,
): Promise<ReadonlyMap<Address, Outcome>> {
  const manifest = await readManifest(text);
  const surveyed = await surveyToPlan(host.view(), manifest, {});
  const plan = makePlan(manifest, surveyed);
  const owner = { scope: host.scope.id, project: 'demo' };
  const session = {
    host,
    store: createMemoryStore(),
    owner,
    [Symbol.asyncDispose]: async () => {},
  };
  const progress = {
    ...{ begun: nothing, settled: nothing, retrying: nothing, left: nothing, close: nothing },
    phase: ({ address }: { address: Address }, phase: string) => onPhase(address, phase),
  };
  const { signal } = new AbortController();
  const options = { parallelism: undefined, progress, stop: signal, force: signal, maximumAttempts: 1 };
  return applyPlan(session, manifest, plan, surveyed, options);
}

async function started(): Promise<FakeHost> {
  const host = makeWorld();
  await apply(host, one);
  return host;
}

function statesOf(outcomes: ReadonlyMap<Address, Outcome>): readonly string[] {
  return [...outcomes].map(([address, { state }]) => `${address} ${state}`);
}

function actionsOf({ resources }: Plan): readonly string[] {
  return resources.flatMap(({ address, action }) => (action === 'no-op' ? [] : [`${action} ${address}`]));
}

describe('create_before_destroy', () => {
  it('makes it beside the one that it replaces, which goes when that works', { timeout }, async () => {
    const host = await started();
    const plan = await planned(host, other);
    expect(actionsOf(plan).toSorted()).toEqual([
      'create container.web',
      'create vm.db',
      'delete container.web~0',
      'delete vm.db~0',
    ]);
    expect(plan.summary).toEqual({ add: 2, change: 0, destroy: 2 });
    const said = planText(plan, createStyle(false));
    expect(said).toContain('# container.web will be created beside container.web~0, which it replaces');
    expect(said).toContain('# its capsule is another one, and what it wrote belongs to the old one');
    expect(said).toContain('# vm.db~0 will be destroyed when vm.db, which replaces it, works');
    const phases: string[] = [];
    const outcomes = await apply(host, other, (address, phase) => phases.push(`${address} ${phase}`));
    expect([...outcomes.values()].every(({ state }) => state === 'ready')).toBe(true);
    for (const address of ['container.web', 'vm.db'])
      expect(phases.indexOf(`${address}~0 stop`)).toBeGreaterThan(phases.indexOf(`${address} checking`));
    const after = await planned(host, other);
    expect(actionsOf(after)).toEqual([]);
    expect(after.resources.map(({ address }) => address)).toEqual(['network.lan', 'container.web', 'vm.db']);
  });

  it('gives the two of them addresses of their own', { timeout }, async () => {
    const host = await started();
    const before = ipsIn(await planned(host, one));
    const after = ipsIn(await planned(host, other));
    expect(new Set([...before, ...after]).size).toBe(4);
  });

  it('restarts in its place what need not be replaced', { timeout }, async () => {
    const host = await started();
    const plan = await planned(host, one.replace('command = ["/bin/serve"]', 'command = ["/bin/other"]'));
    expect(actionsOf(plan)).toEqual(['update container.web']);
  });

  it('leaves the old one where it is when the new one does not work', { timeout }, async () => {
    const host = await started();
    const probe = { ...host.probe, tcp: async () => 'connection refused' };
    const ill: FakeHost = { ...host, probe };
    const sick = other.replace('capsule =', 'health = { tcp = 80, deadline = "200ms" }\ncapsule =');
    const outcomes = await apply(ill, sick);
    expect(statesOf(outcomes)).toContain('container.web stalled');
    expect(statesOf(outcomes)).toContain('container.web~0 blocked');
    expect(statesOf(outcomes)).toContain('vm.db~0 ready');
    // Once more, with nothing left to do but to look whether it works.
    const again = await apply(ill, sick);
    expect(statesOf(again)).toContain('container.web stalled');
    expect(statesOf(again)).toContain('container.web~0 blocked');
    // The way back is made beside both, which then go.
    expect(statesOf(await apply(host, one)).every((line) => line.endsWith(' ready'))).toBe(true);
    expect(actionsOf(await planned(host, one))).toEqual([]);
  });

  it('does not begin where the two would not fit', { timeout }, async () => {
    const host = await started();
    const manifest = await readManifest(other);
    const surveyed = await surveyToPlan(host.view(), manifest, {});
    // A machine has 512 MiB, where nothing is said.
    const plan = makePlan(manifest, { ...surveyed, capacity: { cpus: 8, memory: 700 * 2 ** 20 } });
    const machine = plan.resources.find(({ address }) => address === 'vm.db');
    expect(machine?.problems).toMatchObject([{ code: 'host.capacity' }]);
    expect(actionsOf(plan)).toContain('keep vm.db~0');
  });

  it('law: a run cut at any effect and resumed ends where the uncut run ends', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), async (cut, before) => {
        const uncut = await started();
        const effects = uncut.kernel.mutations;
        await apply(uncut, other);
        const total = uncut.kernel.mutations - effects;
        const host = await started();
        host.kernel.crashAfter((cut % total) + 1, before ? 'before' : 'applied');
        await apply(host, other).catch((error: unknown) => {
          if (!isCrash(error)) throw error;
        });
        host.kernel.revive();
        expect(runs(host)).toBe(true);
        const outcomes = await apply(host, other);
        expect(statesOf(outcomes).filter((line) => !line.endsWith(' ready'))).toEqual([]);
        expect(actionsOf(await planned(host, other))).toEqual([]);
        await apply(host, 'project = "demo"\n');
        await tidy(host);
        expect(host.print()).toBe(await nothingLeft());
      }),
      { numRuns: 40 },
    );
  });
});

function ipsIn({ resources }: Plan): readonly unknown[] {
  return resources.flatMap(({ outputs }) => (outputs['ip'] === undefined ? [] : [outputs['ip']]));
}

/** At every instant one of the two capsules is there. */
function runs(host: FakeHost): boolean {
  const processes = host.print().split('\n');
  return processes.some((line) => line.includes('/bin/serve in') && line.includes('/capsule'));
}

async function nothingLeft(): Promise<string> {
  const host = makeWorld();
  await tidy(host);
  return host.print();
}
