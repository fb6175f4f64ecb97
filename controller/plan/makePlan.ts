import type { Issue } from '../../schema/errors.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import { present } from '../../schema/present.ts';
import type { Dependencies, DriftClass, Observation, Obstacle, Step } from '../../reconcilers/reconciler.ts';
import { kinds, registry } from '../../reconcilers/registry.ts';
import type { Unbuilt } from '../../reconcilers/unbuilt.ts';
import { withinCapacity } from './capacity.ts';
import { dependenciesOf } from './dependencies.ts';
import { inOrder, withDependencies } from './graph.ts';
import { fingerprint, hashOf } from './hash.ts';
import { heldBack, withoutGround } from './heldBack.ts';
import { asLeft, diffOf } from './ignored.ts';
import { isProtected, type Known, lastSaid } from './known.ts';
import { lastSeenIn, seenOf } from './lastSeen.ts';
import { standingProblems } from './obstacles.ts';
import { type Action, type Plan, type PlannedResource, summarize } from './plan.ts';
import { deletionPrevented, preventions } from './prevented.ts';
import { withReplaced } from './replaced.ts';
import { withoutRivals } from './rivals.ts';
import type { Survey } from './survey.ts';
import { unknownOutputs } from './unknownOutputs.ts';

export interface PlanOptions {
  /** Only these and what they depend on; undefined: everything. */
  readonly targets?: readonly Address[];
  /** Delete volumes that are not declared; otherwise they are kept. */
  readonly deleteVolumes?: boolean;
}

/** Pure: what would run to make the surveyed host look like the manifest. */
export function makePlan(
  manifest: Manifest,
  survey: Survey,
  options: PlanOptions = {},
  known: Known = {},
): Plan {
  const lastSeen = lastSeenIn(survey);
  const deps = dependenciesOf(asLeft(manifest, lastSeen), lastSeen);
  const terms: Terms = { survey, deps, options, known };
  const wanted = manifest.resources.map((resource) => planWanted(resource, terms));
  const declared = withoutRivals(wanted, manifest, { deps, lastSeen });
  const everything = withReplaced(
    [...withinCapacity(declared, manifest, survey), ...planStrays(terms)],
    survey,
  );
  const chosen = withoutGround(choose(everything, manifest, options.targets), manifest);
  const planned = withOrder(chosen, manifest, known);
  return {
    project: manifest.project,
    resources: planned,
    intruders: survey.intruders,
    summary: summarize(planned),
    hash: hashOf([manifest, planned.map(({ address, fingerprint: seen, steps }) => [address, seen, steps])]),
  };
}

type Unordered = Omit<PlannedResource, 'waitsFor'>;

interface Terms {
  readonly survey: Survey;
  readonly deps: Dependencies;
  readonly options: PlanOptions;
  readonly known: Known;
}

function planWanted(declared: Resource, terms: Terms): Unordered {
  const { survey, deps } = terms;
  const { address, kind } = declared;
  const reconciler = registry[kind];
  const observation = survey.wanted.get(address) ?? { status: 'absent' };
  const seen = seenOf(observation);
  const blocking = [
    ...unbuilt(declared, observation, deps),
    ...conflicts(declared, survey),
    ...obstacles(declared, observation, deps),
  ];
  const { resource, steps: needed } =
    blocking.length > 0 ? { resource: declared, steps: [] } : diffOf(declared, seen, deps);
  const held = heldBack(declared, observation, needed, {
    targets: terms.options.targets,
    known: terms.known,
  });
  const prevented = held === undefined ? preventions(declared, needed) : [];
  const problems = [...blocking, ...prevented];
  const steps = held === undefined && problems.length === 0 ? needed : [];
  const told = reconciler.outputs(resource, seen, deps);
  const outputs = Object.fromEntries(
    Object.entries(told).filter(([name]) => reconciler.outputNames.includes(name)),
  );
  return {
    address,
    kind,
    action: actionOf(observation, steps),
    steps,
    spec: present(kind, resource.spec),
    outputs,
    unknownOutputs: unknownOutputs(reconciler.outputNames, outputs),
    drift: held?.policy === 'ignore' ? undefined : driftOf(observation, held?.steps ?? steps),
    problems,
    fingerprint: fingerprint(observation),
    ...(held === undefined ? {} : { held }),
  };
}

function planStrays({ survey, deps, options, known }: Terms): readonly Unordered[] {
  const inConflict = new Set([...(survey.conflicts?.values() ?? [])].map(({ other }) => other));
  return [...survey.strays].map(([address, { kind, seen }]) => {
    const said = lastSaid(known, address);
    const spared = inConflict.has(address) || (kind === 'volume' && options.deleteVolumes !== true);
    const needed = spared ? [] : registry[kind].diff({ address, resource: undefined, seen, deps });
    const prevented = needed.length > 0 && isProtected(said);
    const steps = prevented ? [] : needed;
    // Something of it has to stay as long as others stay.
    const keep = steps.length === 0;
    return {
      address,
      kind,
      action: keep ? 'keep' : 'delete',
      steps,
      spec: undefined,
      outputs: {},
      unknownOutputs: [],
      drift: keep ? undefined : 'unmanaged',
      problems: prevented ? [deletionPrevented(address, said, known)] : [],
      fingerprint: fingerprint(seen),
      ...(inConflict.has(address) ? { kept: 'something else is to become what it is' } : {}),
    };
  });
}

/** What cannot be had anyway need not be said to be unbuilt. */
function unbuilt(resource: Resource, seen: Observation<unknown>, deps: Dependencies): readonly Issue[] {
  const { problems = [] } = seen;
  const told = new Set(problems.map(({ path = [] }) => keysIn(path)));
  return registry[resource.kind]
    .unbuilt(resource.spec, deps)
    .filter(({ path }) => !told.has(path))
    .map((unbuiltKey) => notBuilt(resource, unbuiltKey));
}

/** As keys are called: `boot.kernel`. */
function keysIn(path: NonNullable<Obstacle['path']>): string {
  return path.filter((part) => typeof part === 'string').join('.');
}

function notBuilt({ address, at }: Resource, { path, what, on = 'key' }: Unbuilt): Issue {
  const hint =
    path === '' ? `leave ${address} out for now` : `change \`${path}\`, or leave ${address} out for now`;
  const about = { resource: address, path: path === '' ? [] : path.split('.'), on };
  return { code: 'not-built', message: `${address}: ${what}`, hint, at, ...(path !== '' && { about }) };
}

function conflicts({ address, at }: Resource, survey: Survey): readonly Issue[] {
  const found = survey.conflicts?.get(address);
  return found === undefined ? [] : [{ at, ...found.issue }];
}

function obstacles(
  resource: Resource,
  observation: Observation<unknown>,
  deps: Dependencies,
): readonly Issue[] {
  const { address, at } = resource;
  const problems = standingProblems(observation, deps).map(({ path, ...problem }) => ({
    ...problem,
    at: problem.at ?? at,
    ...(path && { about: { resource: address, path } }),
  }));
  if (observation.status === 'unknown') {
    const hint = 'it is left alone, as it may be there; look at it, then plan again';
    return [
      ...problems,
      { code: 'host.unknown', message: `${address} cannot be read: ${observation.why}`, hint, at },
    ];
  }
  if (observation.status === 'foreign') {
    const hint =
      observation.adoptable === undefined
        ? 'Nova changes nothing that does not carry its mark: rename one of the two, or remove the other'
        : `Nova changes nothing that does not carry its mark: take it over with adopt = true in [${address}], or rename one of the two`;
    return [...problems, { code: 'host.foreign', message: `${address}: ${observation.why}`, hint, at }];
  }
  return problems;
}

/** Targets with what they depend on; what is not declared any more only when it is named. */
function choose(
  everything: readonly Unordered[],
  manifest: Manifest,
  targets: readonly Address[] | undefined,
): readonly Unordered[] {
  if (targets === undefined) return everything;
  const edges = new Map(manifest.resources.map((resource) => [resource.address, resource.dependsOn]));
  const reached = withDependencies(targets, (address) => edges.get(address) ?? []);
  return everything.filter(({ address, replacedBy }) => reached.has(replacedBy ?? address));
}

/**
 * What is made waits for what it depends on. What goes waits for everything of the kinds that use its kind: those are
 * leaving it, or are gone before it.
 */
function withOrder(
  resources: readonly Unordered[],
  manifest: Manifest,
  known: Known,
): readonly PlannedResource[] {
  const edges = new Map(manifest.resources.map((resource) => [resource.address, resource.dependsOn]));
  const byKind = Map.groupBy(resources, ({ kind }) => kind);
  const present = new Set(resources.map(({ address }) => address));
  const waitsFor = ({ address, kind, action, replacedBy }: Unordered): readonly Address[] => {
    if (action !== 'delete') return (edges.get(address) ?? []).filter((other) => present.has(other));
    const users = kinds.filter((other) => registry[other].uses.includes(kind));
    const leaving = users.flatMap((user) =>
      (byKind.get(user) ?? []).filter((other) => leaves(other, address, known)).map((r) => r.address),
    );
    return replacedBy === undefined ? leaving : [...leaving, replacedBy];
  };
  const planned = new Map(
    resources.map((resource) => [resource.address, { ...resource, waitsFor: waitsFor(resource) }]),
  );
  return inOrder([...planned.keys()], (address) => planned.get(address)?.waitsFor ?? []).flatMap(
    (address) => planned.get(address) ?? [],
  );
}

/** What has something to do may be leaving it; what must not be deleted stays on what it needs. */
function leaves({ steps, problems, action, address }: Unordered, ground: Address, known: Known): boolean {
  if (steps.length > 0) return true;
  if (action !== 'keep' || problems.length === 0) return false;
  return lastSaid(known, address)?.dependsOn.includes(ground) !== false;
}

function actionOf(observation: Observation<unknown>, steps: readonly Step[]): Action {
  if (steps.length === 0) return 'no-op';
  if (observation.status === 'absent') return 'create';
  return steps.some(({ effect }) => effect === 'replace' || effect === 'data-loss') ? 'replace' : 'update';
}

/** Of several differences the gravest names the class. */
function driftOf(observation: Observation<unknown>, steps: readonly Step[]): DriftClass | undefined {
  if (observation.status === 'unknown') return 'unknown';
  if (observation.status === 'foreign') return 'unmanaged';
  if (observation.status === 'absent') return 'missing';
  if (steps.length === 0) return undefined;
  return (
    (['stopped', 'missing'] as const).find((grave) => steps.some((step) => step.class === grave)) ?? 'changed'
  );
}
