import type { Host } from '../host/host.ts';
import { type Place, placeOf } from '../place.ts';
import type { Work } from '../reconciler.ts';
import { makeDisk, growDisk } from './convergeDisk.ts';
import { makeMediated, returnMediated } from './convergeMediated.ts';
import { attach, detach, handOverDevices, returnDevices } from './convergeGpus.ts';
import { plugNic, unplugNic } from './convergeNic.ts';
import { connect, setRecord, setReservation } from './convergeNetwork.ts';
import { giveUp, removeFiles, takeOver, writeOwners } from './convergeOwned.ts';
import { moveHome, resume, setStopTimeout, start } from './convergeRun.ts';
import type { VmSeen } from './seen.ts';
import type { StepId, VmStep } from './step.ts';
import { stop } from './stop.ts';

export type VmWork = Work<'vm', VmSeen, VmStep>;

/** A step's work with everything that each part of it needs. */
export interface Job extends VmWork {
  readonly host: Host;
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** One step, idempotent. */
export async function converge(host: Host, work: VmWork, signal: AbortSignal): Promise<void> {
  await acts[work.step.id]({ ...work, host, place: placeOf(host, work.address), signal });
}

const acts: Readonly<Record<StepId, (job: Job) => Promise<void>>> = {
  moved: takeOver,
  adopt: takeOver,
  forget: giveUp,
  owner: writeOwners,
  stop,
  detach,
  'nic.unplug': unplugNic,
  'devices.return': returnDevices,
  link: connect,
  reservation: setReservation,
  record: setRecord,
  disk: makeDisk,
  'disk.grow': growDisk,
  devices: handOverDevices,
  mediated: makeMediated,
  'mediated.return': returnMediated,
  attach,
  'nic.plug': plugNic,
  cgroup: moveHome,
  stop_timeout: setStopTimeout,
  resume,
  start,
  files: removeFiles,
};
