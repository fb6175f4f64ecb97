import { eventsSocket } from '../host/hintsQmp.ts';
import type { Scope } from '../identity.ts';

/** Where the parts of one machine are on the host. */
export interface VmPaths {
  /** Sockets and what QEMU leaves. Gone after a reboot. */
  readonly run: string;
  /** Disk and console log. */
  readonly data: string;
  /** Hold the mark; written before the folder beside them, removed after it. */
  readonly runOwner: string;
  readonly dataOwner: string;
  /** The QEMU Machine Protocol. */
  readonly qmp: string;
  /** The same for whoever only listens. */
  readonly events: string;
  /** The serial console. */
  readonly console: string;
  readonly pid: string;
  /** Files with secrets that it is given. */
  readonly credentials: string;
  /** Text: seconds that it is given to stop, for when it is not declared any more. */
  readonly stopTimeout: string;
  readonly disk: string;
  /** Text: what the disk lies over. Beside the folder, so that it tells that there was a disk when that is gone. */
  readonly diskMark: string;
  /** What the serial console has printed since it was started. */
  readonly log: string;
  /** Cgroup, in the unified hierarchy's naming. */
  readonly cgroup: string;
}

export function vmPaths(scope: Scope, identity: string): VmPaths {
  const run = `${runFolders(scope)}/${identity}`;
  const data = `${dataFolders(scope)}/${identity}`;
  return {
    run,
    data,
    runOwner: `${run}.owner`,
    dataOwner: `${data}.owner`,
    qmp: `${run}/qmp.sock`,
    events: `${run}/${eventsSocket}`,
    console: `${run}/console.sock`,
    pid: `${run}/pid`,
    credentials: `${run}/credentials`,
    stopTimeout: `${run}/stop-timeout`,
    disk: `${data}/disk.qcow2`,
    diskMark: `${data}.disk`,
    log: `${data}/console.log`,
    cgroup: `/nova/${scope.id}/${identity}`,
  };
}

export function runFolders(scope: Scope): string {
  return `${scope.run}/vms`;
}

export function dataFolders(scope: Scope): string {
  return `${scope.data}/vms`;
}
