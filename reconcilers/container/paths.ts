import { runtimeState } from '../host/runtimeFiles.ts';
import type { Scope } from '../identity.ts';

/** Where the parts of one capsule are on the host. */
export interface ContainerPaths {
  /** Bundle folder: `config.json`, generated files, what conmon leaves. Gone after a reboot. */
  readonly run: string;
  /** Upper layer and log. */
  readonly data: string;
  /** Hold the mark; written before the folder beside them, removed after it. */
  readonly runOwner: string;
  readonly dataOwner: string;
  /** Its address with the prefix, as it was given last: nothing else tells it while it does not run. */
  readonly given: string;
  /** How its link lies over one of the host's: the same. */
  readonly macvlan: string;
  readonly config: string;
  readonly etc: string;
  /** Holds values of secrets. */
  readonly files: string;
  readonly rootfs: string;
  readonly pid: string;
  readonly exits: string;
  /** conmon's exit file: the exit status in decimal. */
  readonly exit: string;
  /** What the restart program needs; without it a capsule that ends stays ended. */
  readonly restart: string;
  /** How often the restart program has tried. */
  readonly attempts: string;
  readonly upper: string;
  readonly work: string;
  /** Text: the lower layer that the upper layer belongs to. */
  readonly lower: string;
  /** What the lower layer said of how to run it. */
  readonly image: string;
  readonly log: string;
  /** Cgroups, in the unified hierarchy's naming. */
  readonly cgroup: string;
  readonly capsuleCgroup: string;
  readonly monitorCgroup: string;
  /** There while the OCI runtime has created, but not started it. */
  readonly fifo: string;
}

export function containerPaths(scope: Scope, identity: string): ContainerPaths {
  const run = `${runFolders(scope)}/${identity}`;
  const data = `${dataFolders(scope)}/${identity}`;
  const cgroup = `/nova/${scope.id}/${identity}`;
  return {
    run,
    data,
    runOwner: `${run}.owner`,
    dataOwner: `${data}.owner`,
    given: `${run}.address`,
    macvlan: `${run}.macvlan`,
    config: `${run}/config.json`,
    etc: `${run}/etc`,
    files: `${run}/files`,
    rootfs: `${run}/rootfs`,
    pid: `${run}/pid`,
    exits: `${run}/exits`,
    exit: `${run}/exits/${identity}`,
    restart: `${run}/restart.json`,
    attempts: `${run}/attempts.json`,
    upper: `${data}/upper`,
    work: `${data}/work`,
    lower: `${data}/lower`,
    image: `${data}/image.json`,
    log: `${data}/log`,
    cgroup,
    capsuleCgroup: `${cgroup}/capsule`,
    monitorCgroup: `${cgroup}/monitor`,
    fifo: `${runtimeState(scope, identity)}/exec.fifo`,
  };
}

/** What is noted of a further link. @param link name of its end on the host */
export function nicFile(scope: Scope, identity: string, link: string): string {
  return `${runFolders(scope)}/${identity}.${link}.nic`;
}

export function runFolders(scope: Scope): string {
  return `${scope.run}/containers`;
}

export function dataFolders(scope: Scope): string {
  return `${scope.data}/containers`;
}

/** Root of an unpacked OCI image. */
export function imageRoot(scope: Scope, digest: string): string {
  return `${scope.roots}/${digest}/rootfs`;
}
