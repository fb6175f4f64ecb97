import type { Step } from '../reconciler.ts';
import { stepMaker } from '../step.ts';

/** Every act on a machine; of a declared one in the order in which they run. */
export const stepIds = [
  'moved',
  'adopt',
  'forget',
  'owner',
  'stop',
  // What a machine has cannot be given back before it has let go of it.
  'detach',
  'nic.unplug',
  'devices.return',
  'mediated.return',
  'link',
  'reservation',
  'record',
  'disk',
  'cgroup',
  'stop_timeout',
  'resume',
  // A QEMU that runs does it itself, when it can be spoken to.
  'disk.grow',
  'devices',
  'mediated',
  'attach',
  'nic.plug',
  'start',
  'files',
] as const;

export type StepId = (typeof stepIds)[number];

export interface VmStep extends Step {
  readonly id: StepId;
}

export const step = stepMaker<StepId>();
