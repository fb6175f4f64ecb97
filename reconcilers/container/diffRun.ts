import { imageOf } from '../../schema/capsule.ts';
import type { Resource } from '../../schema/manifest.ts';
import { textOf } from '../../schema/sensitive.ts';
import type { CgroupLimits } from '../host/view.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import { compareConfigs } from './configFields.ts';
import { diffComing, isOpen, reconfigure, settled } from './diffCapsule.ts';
import { desiredBundle, nameOfSource } from './desired.ts';
import { fieldsOf } from './fields.ts';
import { containerPaths } from './paths.ts';
import { hasCompleted } from './restartPolicy.ts';
import type { ContainerSeen } from './seen.ts';
import { type ContainerStep, step } from './step.ts';

/** Pure: root, configuration and process. Whatever a running capsule cannot take up stops it first. */
export function diffRun(
  resource: Resource<'container'>,
  seen: ContainerSeen,
  deps: Dependencies,
): readonly ContainerStep[] {
  const known = settled(resource, seen, deps);
  const made =
    known === undefined
      ? [...diffComing(resource, seen, deps), ...diffUnlessOther(resource, seen, deps)]
      : [...diffRoot(known), ...diffBundle(resource, known, deps)];
  if (resource.spec.state === 'stopped') return [...halt(seen), ...made];
  const cause = made.find(({ effect }) => effect !== 'live') ?? unattended(seen) ?? orphaned(seen);
  if (cause === undefined || !seen.busy) {
    return [...made, ...diffProcess(resource, seen, made), ...diffPolicy(resource, seen)];
  }
  const { reason, effect, class: drift } = cause;
  const changes = made.includes(cause) ? [] : cause.changes;
  return [
    step('stop', reason, changes, { effect, class: drift }),
    ...made,
    ...(isOpen(resource, deps) ? goOn(resource, seen, made) : []),
    step('start', reason, [], { effect, class: drift }),
  ];
}

/** What is left to do besides if an image that is yet to be pulled comes out as the one that it was made on. */
function diffUnlessOther(
  resource: Resource<'container'>,
  seen: ContainerSeen,
  deps: Dependencies,
): readonly ContainerStep[] {
  if (!isOpen(resource, deps)) return [];
  const same = diffBundle(resource, { ...seen, image: seen.before }, deps);
  return same.filter(({ id }) => id !== 'bundle');
}

/** What a capsule that runs needs in order to go on as it is. */
function goOn(
  resource: Resource<'container'>,
  seen: ContainerSeen,
  made: readonly ContainerStep[],
): readonly ContainerStep[] {
  return [
    ...diffProcess(resource, seen, made).filter(({ id }) => id !== 'start'),
    ...diffPolicy(resource, seen),
  ];
}

/** One that is declared as stopped keeps everything but its processes. */
function halt({ busy, leftover }: ContainerSeen): readonly ContainerStep[] {
  if (!busy && leftover !== true) return [];
  if (!busy) return [step('stop', 'something of its last run is left')];
  const change = { path: 'state', before: 'running', after: 'stopped' };
  return [step('stop', 'it runs, and is declared as stopped', [change], { effect: 'restart' })];
}

function diffRoot({ image, upperOf, root, scope, identity }: ContainerSeen): readonly ContainerStep[] {
  if (image === undefined) return [];
  const { upper } = containerPaths(scope, identity);
  if (upperOf !== undefined && upperOf !== image.lower) {
    const reason = 'its capsule is another one, and what it wrote belongs to the old one';
    return [step('root', reason, [capsule(upperOf, image.lower)], { effect: 'replace' })];
  }
  if (upperOf === undefined) return [step('root', 'it has no root', [capsule(undefined, image.lower)])];
  if (root === undefined) {
    return [step('root', 'its root is not mounted', [{ path: 'root', before: undefined, after: 'mounted' }])];
  }
  if (root.lower === image.lower && root.upper === upper) return [];
  return [
    step('root', 'something else is mounted as its root', [capsule(root.lower, image.lower)], {
      effect: 'restart',
    }),
  ];
}

function capsule(before: string | undefined, after: string): FieldChange {
  return { path: 'capsule', before, after };
}

function diffBundle(
  resource: Resource<'container'>,
  seen: ContainerSeen,
  deps: Dependencies,
): readonly ContainerStep[] {
  const { image, config } = seen;
  if (image === undefined) return [];
  const desired = desiredBundle(seen, resource, image, deps);
  if (config === undefined || desired === undefined) {
    const fields = fieldsOf(resource, deps).filter(({ path }) => !/^(capsule|network|ip|ports)$/.test(path));
    return [step('bundle', 'it is not configured', fields, { effect: seen.busy ? 'restart' : 'live' })];
  }
  const { fields, names, resources } = compareConfigs(textOf(config), desired.config, nameOfSource(seen));
  if (imageOf(resource.spec.capsule) !== undefined && seen.upperOf !== image.lower)
    return [reconfigure(seen, fields)];
  if (fields.length > 0) {
    const words = fields.map(({ path }) => path).join(', ');
    return [step('bundle', `${words} changed`, [...fields, ...names], { effect: 'restart' })];
  }
  return [...diffNames(names), ...diffLimits(resource, seen, resources)];
}

/** A running capsule is told: the files are written where it sees them, and its host name is set. */
function diffNames(names: readonly FieldChange[]): readonly ContainerStep[] {
  const [first] = names;
  if (first === undefined) return [];
  const reason =
    first.path === 'hostname'
      ? `its host name is ${String(first.before)}`
      : 'its files in /etc name its network or itself otherwise';
  return [step('names', reason, names)];
}

/** Limits are changed while it runs; those of a capsule at rest stand in its configuration only. */
function diffLimits(
  { spec }: Resource<'container'>,
  { limits }: ContainerSeen,
  configured: boolean,
): readonly ContainerStep[] {
  const changes = (['memory', 'cpu', 'pids', 'io'] as const).flatMap((name) => {
    if (limits === undefined || isSame(name, limits[name], spec.limits[name])) return [];
    return [{ path: `limits.${name}`, before: limits[name], after: spec.limits[name] }];
  });
  if (changes.length === 0 && !configured) return [];
  const [first] = changes;
  const reason =
    first === undefined ? 'its configured limits differ' : `${first.path} is ${first.before ?? 'not set'}`;
  return [
    step(
      'limits',
      reason,
      first === undefined ? [{ path: 'limits', before: 'other', after: 'as declared' }] : changes,
    ),
  ];
}

/** The kernel counts memory in whole pages, and CPU time in whole microseconds. */
function isSame(
  name: keyof CgroupLimits | 'io',
  seen: number | undefined,
  wanted: number | undefined,
): boolean {
  if (seen === undefined || wanted === undefined) return seen === wanted;
  if (name === 'memory') return Math.floor(seen / pageSize) === Math.floor(wanted / pageSize);
  return Math.abs(seen - wanted) < 0.0001;
}

/** bytes; the smallest of any machine */
const pageSize = 4096;

/** Without conmon nobody keeps its log or notices its end. */
function unattended(seen: ContainerSeen): ContainerStep | undefined {
  if (seen.conmon || seen.process === undefined) return undefined;
  const change = { path: 'conmon', before: undefined, after: 'running' };
  return step('stop', 'conmon, which watches it, does not run', [change], {
    effect: 'restart',
    class: 'stopped',
  });
}

/** A mount keeps a folder that was deleted; a new one at its place is not seen inside. */
function orphaned({ inside }: ContainerSeen): ContainerStep | undefined {
  if (inside === undefined || inside.deleted.length === 0) return undefined;
  const reason = `what is mounted at ${inside.deleted.join(', ')} has been deleted`;
  const change = { path: 'volumes', before: 'deleted', after: 'there' };
  return step('stop', reason, [change], { effect: 'restart', class: 'changed' });
}

function diffProcess(
  { spec }: Resource<'container'>,
  { phase, exit, log, unwatched }: ContainerSeen,
  made: readonly ContainerStep[],
): readonly ContainerStep[] {
  const stopped = { class: 'stopped' } as const;
  const state = (before: string): readonly FieldChange[] => [{ path: 'state', before, after: 'running' }];
  if (phase === 'running' && unwatched) {
    const change = { path: 'conmon', before: 'stopped', after: 'running' };
    return [step('resume', 'conmon, which watches it, was stopped by a signal', [change], stopped)];
  }
  if (phase === 'running') return [];
  if (phase === 'frozen') return [step('resume', 'it is paused', state('paused'), stopped)];
  if (phase === 'signalled') return [step('resume', 'it was stopped by a signal', state('stopped'), stopped)];
  if (phase === 'created')
    return [step('start', 'it is created, but not started', state('created'), stopped)];
  const done = hasCompleted(spec.restart, { phase, exit });
  const isNew = made.some(({ id, effect }) => id === 'bundle' || effect === 'replace');
  if (done) return isNew ? [step('start', 'it has not run in this configuration')] : [];
  const last = log.length === 0 ? '' : `, and said: ${log.join(' / ')}`;
  const reason = exit === undefined ? 'it does not run' : `it exited with status ${exit}${last}`;
  return [step('start', reason, state(phase === 'gone' ? 'stopped' : phase), stopped)];
}

function diffPolicy(
  { spec }: Resource<'container'>,
  { phase, restart }: ContainerSeen,
): readonly ContainerStep[] {
  if (phase !== 'running' && phase !== 'frozen' && phase !== 'signalled') return [];
  const changes = [
    { path: 'restart', before: restart?.policy, after: spec.restart },
    { path: 'stop_timeout', before: restart?.stopTimeout, after: spec.stop_timeout },
  ].filter(({ before, after }) => before !== after);
  const [first] = changes;
  if (first === undefined) return [];
  return [
    step('restart', `its ${first.path} is ${String(first.before ?? 'not known to its monitor')}`, changes),
  ];
}
