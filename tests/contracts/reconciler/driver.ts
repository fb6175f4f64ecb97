import { removeEmptyTable } from '../../../controller/foundation.ts';
import { dependenciesOf } from '../../../controller/plan/dependencies.ts';
import { admitted } from '../../../controller/plan/admitted.ts';
import { survey } from '../../../controller/plan/survey.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import type { Dependencies, Observation, Step } from '../../../reconcilers/reconciler.ts';
import { withPast } from '../../../reconcilers/past.ts';
import { kinds, registry } from '../../../reconcilers/registry.ts';
import type { Address, Manifest, Resource } from '../../../schema/manifest.ts';

/** Everything that is left to do, with why: `[]` when the host is as the manifest says. Changes nothing. */
export async function plan(host: FakeHost, manifest: Manifest): Promise<readonly string[]> {
  const found = await survey(host.view(), manifest);
  const deps = dependenciesOf(manifest, (address) => seenOf(found.wanted.get(address)));
  const wanted = manifest.resources.flatMap((resource) => {
    const { address, kind } = resource;
    const seen = usable(address, found.wanted.get(address));
    return describe(address, registry[kind].diff({ address, resource, seen, deps }));
  });
  const strays = [...found.strays].flatMap(([address, { kind, seen }]) =>
    describe(address, registry[kind].diff({ address, resource: undefined, seen, deps })),
  );
  return [...wanted, ...strays];
}

export interface ApplyOptions {
  /** Each step is run that many times in a row; default: once. */
  readonly times?: number;
}

/** Makes the host look like the manifest, as a run does: what is used first, and away with strays, users first. */
export async function apply(
  machine: FakeHost,
  manifest: Manifest,
  { times = 1 }: ApplyOptions = {},
): Promise<void> {
  const found = await survey(machine.view(), manifest);
  const [conflict] = [...(found.conflicts?.values() ?? [])];
  if (conflict !== undefined) throw new Error(conflict.issue.message);
  const host = withPast(machine, found.past);
  const lastSeen = new Map([...found.wanted].map(([address, observation]) => [address, seenOf(observation)]));
  const deps = dependenciesOf(manifest, (address) => lastSeen.get(address));
  for (const resource of inOrder(manifest)) {
    lastSeen.set(resource.address, await settle(host, resource, deps, times));
  }
  for (const kind of kinds.toReversed()) {
    const declared = manifest.resources.filter((resource) => resource.kind === kind);
    const strays = async () => (await registry[kind].observe(host.view(), declared)).strays;
    for (const [address, seen] of await strays()) {
      const steps = registry[kind].diff({ address, resource: undefined, seen, deps });
      await run(host, steps, times, (step) =>
        registry[kind].converge(host, { address, step, resource: undefined, seen, deps }, signal),
      );
      if (steps.length > 0 && (await strays()).has(address))
        throw new Error(`${address} is still there after ${steps.map(({ id }) => id).join(', ')}`);
    }
  }
}

/** Gives up everything that a project owns, or one resource of it, as `nova forget` does. */
export async function forget(machine: FakeHost, project: string, only?: Address): Promise<void> {
  const none: Manifest = { project, file: '/lab/NovaFile.toml', resources: [] };
  const found = await survey(machine.view(), none);
  const host = withPast(machine, found.past);
  const deps = dependenciesOf(none, () => undefined);
  for (const [address, { kind, seen }] of found.strays) {
    if (only !== undefined && address !== only) continue;
    for (const step of registry[kind].forget(seen))
      await registry[kind].converge(host, { address, step, resource: undefined, seen, deps }, signal);
  }
}

/** Takes away what several resources share and nobody uses any more, as the end of a project does. */
export async function tidy(host: FakeHost): Promise<void> {
  const { scope, project } = host;
  await removeEmptyTable(host);
  for (const folder of [
    `volumes/${project}`,
    'volumes',
    `images/${project}`,
    'images',
    'containers',
    'vms',
    'networks',
  ]) {
    for (const base of [scope.data, scope.run]) await host.files.removeEmpty(`${base}/${folder}`);
  }
  await host.files.removeEmpty(scope.roots);
}

const { signal } = new AbortController();

async function settle(
  host: FakeHost,
  resource: Resource,
  deps: Dependencies,
  times: number,
): Promise<unknown> {
  const { address, kind } = resource;
  const reconciler = registry[kind];
  const observe = async () =>
    usable(
      address,
      admitted(
        (await reconciler.observe(host.view(), [resource])).wanted.get(address) ?? { status: 'absent' },
        resource,
      ),
    );
  const seen = await observe();
  const steps = reconciler.diff({ address, resource, seen, deps });
  await run(host, steps, times, (step) =>
    reconciler.converge(host, { address, step, resource, seen, deps }, signal),
  );

  const after = await observe();
  const left = describe(address, reconciler.diff({ address, resource, seen: after, deps }));
  if (left.length > 0) {
    throw new Error(
      `${address} does not converge; done: ${steps.map(({ id }) => id).join(', ')}; left: ${left.join('; ')}`,
    );
  }
  await untilReady(host, resource, after, deps);
  return after;
}

async function run(
  host: FakeHost,
  steps: readonly Step[],
  times: number,
  converge: (step: Step) => Promise<void>,
): Promise<void> {
  for (const step of steps) {
    for (let time = 1; time <= times; time += 1) {
      const before = host.print();
      await converge(step);
      // The second time changes nothing: told from the machine, at the step that breaks the law.
      if (time > 1 && host.print() !== before)
        throw new Error(`step ${step.id} changes something when it is repeated`);
    }
  }
}

async function untilReady(
  host: FakeHost,
  resource: Resource,
  seen: unknown,
  deps: Dependencies,
): Promise<void> {
  let why: string | undefined;
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const readiness = await registry[resource.kind].ready(host, resource, seen, deps, signal);
    if (readiness.ready) return;
    why = readiness.why;
    await host.clock.sleep(100, signal);
  }
  throw new Error(`${resource.address} does not become ready: ${why ?? 'it does not say why'}`);
}

/** What a resource depends on comes before it. */
function inOrder(manifest: Manifest): readonly Resource[] {
  const done = new Set<Address>();
  const visit = (resource: Resource): Resource[] => {
    if (done.has(resource.address)) return [];
    done.add(resource.address);
    const before = manifest.resources.filter(({ address }) => resource.dependsOn.includes(address));
    return [...before.flatMap(visit), resource];
  };
  return manifest.resources.flatMap(visit);
}

function usable(address: Address, observation: Observation<unknown> | undefined): unknown {
  const problem = observation?.problems?.[0];
  if (problem !== undefined) throw new Error(`${address}: ${problem.message}`);
  if (observation?.status === 'unknown' || observation?.status === 'foreign') {
    throw new Error(`${address} is ${observation.status}: ${observation.why}`);
  }
  return seenOf(observation);
}

function seenOf(observation: Observation<unknown> | undefined): unknown {
  return observation !== undefined && 'seen' in observation ? observation.seen : undefined;
}

function describe(address: Address, steps: readonly Step[]): readonly string[] {
  return steps.map(({ id, reason, changes }) => {
    const fields = changes.map(
      ({ path, before, after }) => ` ${path}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
    );
    return `${address} ${id} (${reason})${fields.join(',')}`;
  });
}
