import type { Host } from '../host/host.ts';
import type { Work } from '../reconciler.ts';
import { setAddress } from './convergeAddress.ts';
import { setNics } from './convergeNics.ts';
import { connect, disconnect, setPorts, setRecord } from './convergeNetwork.ts';
import {
  attachNamespace,
  giveUp,
  makeNamespace,
  removeFiles,
  removeNamespace,
  takeOver,
  unmountRoot,
} from './convergeOwned.ts';
import { makeRoot } from './convergeRoot.ts';
import { limit, resume, setNames, setRestart, start, writeBundle } from './convergeRun.ts';
import { placeOf } from './desired.ts';
import { architecture } from './observe.ts';
import type { ContainerSeen, Place } from './seen.ts';
import type { ContainerStep, StepId } from './step.ts';
import { stop } from './stop.ts';

export type ContainerWork = Work<'container', ContainerSeen, ContainerStep>;

/** A step's work with everything that each part of it needs. */
export interface Job extends ContainerWork {
  readonly host: Host;
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** One step, idempotent. */
export async function converge(host: Host, work: ContainerWork, signal: AbortSignal): Promise<void> {
  const job: Job = { ...work, host, place: placeOf(host, work.address, architecture), signal };
  const acts = work.resource === undefined ? removing : making;
  await acts[work.step.id]?.(job);
}

type Acts = Readonly<Partial<Record<StepId, (job: Job) => Promise<void>>>>;

const making: Acts = {
  moved: takeOver,
  adopt: takeOver,
  stop,
  namespace: makeNamespace,
  'namespace.attach': attachNamespace,
  link: connect,
  address: setAddress,
  nics: setNics,
  record: setRecord,
  ports: setPorts,
  root: makeRoot,
  bundle: writeBundle,
  names: setNames,
  limits: limit,
  restart: setRestart,
  resume,
  start,
};

const removing: Acts = {
  forget: giveUp,
  stop,
  ports: setPorts,
  record: setRecord,
  nics: setNics,
  link: disconnect,
  namespace: removeNamespace,
  root: unmountRoot,
  files: removeFiles,
};
