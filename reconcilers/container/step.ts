import type { Step } from '../reconciler.ts';
import { stepMaker } from '../step.ts';

/** Every act on a container; of a declared one in the order in which they run. */
export const stepIds = [
  'moved',
  'adopt',
  'forget',
  // A namespace without a name ends with its last process.
  'namespace.attach',
  'stop',
  'namespace',
  'link',
  'address',
  'nics',
  'record',
  'ports',
  'root',
  'bundle',
  'names',
  'limits',
  'restart',
  'resume',
  'start',
  'files',
] as const;

export type StepId = (typeof stepIds)[number];

export interface ContainerStep extends Step {
  readonly id: StepId;
}

export const step = stepMaker<StepId>();
