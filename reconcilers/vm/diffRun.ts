import type { Resource } from '../../schema/manifest.ts';
import { hidden, reveal } from '../../schema/sensitive.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import { credentialFiles } from './credentials.ts';
import { hardwareWithoutDevices } from './desired.ts';
import { deviceChanges } from './diffGpus.ts';
import { nicChanges } from './diffNic.ts';
import { vmPaths } from './paths.ts';
import { qemuArgs } from './qemuArgs.ts';
import { readArgs } from './readArgs.ts';
import type { Configuration, VmSeen } from './seen.ts';
import { step, type VmStep } from './step.ts';

/** Pure: why a QEMU that runs has to be started again, as the step that stops it; undefined: it need not. */
export function restartFor(
  resource: Resource<'vm'>,
  seen: VmSeen,
  deps: Dependencies,
  made: readonly VmStep[],
): VmStep | undefined {
  const stopping = made.find(({ effect }) => effect !== 'live');
  if (stopping !== undefined) return { ...stopping, changes: [] };
  const restart = { effect: 'restart' } as const;
  if (made.some(({ id, class: drift }) => id === 'disk' && drift === 'missing')) {
    return step('stop', 'it runs without its disk', [], { ...restart, class: 'missing' });
  }
  const changes = [...compare(resource, seen, deps), ...compareCredentials(resource, seen)];
  if (changes.length > 0) {
    const names = changes.map(({ path }) => path).join(', ');
    return step('stop', `${names} changed, which QEMU takes up when it starts`, changes, restart);
  }
  const nic = nicChanges(resource, seen, deps);
  if (nic?.restart !== undefined)
    return step('stop', `${nic.reason}, and ${nic.restart}`, nic.changes, restart);
  const devices = deviceChanges(resource, seen, deps);
  if (devices?.restart !== undefined)
    return step('stop', `gpu_passthrough changed, and ${devices.restart}`, [devices.change], restart);
  if (seen.phase === 'failed')
    return step('stop', 'it has failed', state('failed'), { ...restart, class: 'stopped' });
  return undefined;
}

/** The command line of a QEMU is the truth of what runs. What Nova alone chose there is none of the NovaFile's. */
function compare(
  resource: Resource<'vm'>,
  { runs, ...place }: VmSeen,
  deps: Dependencies,
): readonly FieldChange[] {
  const { accel } = resource.spec;
  const accelerator = accel === 'auto' ? (runs?.accel === 'kvm' ? 'kvm' : 'tcg') : accel;
  const hardware = hardwareWithoutDevices(place, resource, deps, accelerator);
  if (runs === undefined || hardware === undefined) return [];
  const wanted = readArgs(qemuArgs(hardware));
  return configured.flatMap((path): readonly FieldChange[] => {
    const [before, after] = [runs[path], wanted[path]];
    return before === after ? [] : [{ path: words[path] ?? path, before, after }];
  });
}

/** By what they hold; neither is shown. */
function compareCredentials({ spec }: Resource<'vm'>, seen: VmSeen): readonly FieldChange[] {
  if (seen.process === undefined) return [];
  const { credentials: folder } = vmPaths(seen.scope, seen.identity);
  const wanted = new Map(
    credentialFiles(folder, spec).map(({ path, text }) => [path.slice(folder.length + 1), text]),
  );
  const names = [...new Set([...Object.keys(seen.credentials), ...wanted.keys()])];
  return names.flatMap((name): readonly FieldChange[] => {
    const before = seen.credentials[name];
    const after = wanted.get(name);
    if (before !== undefined && after === reveal(before)) return [];
    const show = (there: boolean): string | undefined => (there ? hidden : undefined);
    return [
      { path: `credentials.${name}`, before: show(before !== undefined), after: show(after !== undefined) },
    ];
  });
}

/** What its network can carry it is told when it starts, and meanwhile by DHCP: that is no reason to stop it. */
const configured = [
  ...(['cpu', 'memory', 'accel', 'boot.kernel', 'boot.initrd', 'boot.cmdline', 'disk'] as const),
] satisfies readonly (keyof Configuration)[];

/** What the NovaFile calls it, where that is another word. */
const words: Partial<Record<keyof Configuration, string>> = { disk: 'image' };

/** Pure: what leads a machine that need not be stopped to running. */
export function diffRun({ spec }: Resource<'vm'>, seen: VmSeen): readonly VmStep[] {
  const stopped = { class: 'stopped' } as const;
  if (seen.process === undefined) return [step('start', 'it does not run', state('stopped'), stopped)];
  return [
    ...(seen.home
      ? []
      : [
          step('cgroup', 'its QEMU is in another control group', [
            { path: 'cgroup', before: 'another', after: 'its own' },
          ]),
        ]),
    ...diffPolicy(spec.stop_timeout, seen),
    ...(seen.phase === 'paused' ? [step('resume', 'it is paused', state('paused'), stopped)] : []),
    ...(seen.phase === 'signalled'
      ? [step('resume', 'its QEMU was stopped by a signal', state('stopped'), stopped)]
      : []),
  ];
}

function diffPolicy(after: number, { stopTimeout: before }: VmSeen): readonly VmStep[] {
  if (before === after) return [];
  const reason =
    before === undefined ? 'its stop_timeout is not remembered' : `its stop_timeout is ${before} s`;
  return [step('stop_timeout', reason, [{ path: 'stop_timeout', before, after }])];
}

function state(before: string): readonly FieldChange[] {
  return [{ path: 'state', before, after: 'running' }];
}
