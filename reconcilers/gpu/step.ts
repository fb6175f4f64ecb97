import type { Step } from '../reconciler.ts';
import { stepMaker } from '../step.ts';

/** Every act on a device, in the order in which they run. */
export const stepIds = [
  'moved',
  'adopt',
  'forget',
  // What it was is written down before anything is changed.
  'record',
  'release',
  'bind',
  'host',
  'functions',
  'files',
] as const;

export type StepId = (typeof stepIds)[number];

export interface GpuStep extends Step {
  readonly id: StepId;
}

export const step = stepMaker<StepId>();
