import type { Capability } from '../reconciler.ts';
import type { Scope } from '../identity.ts';
import type { Cgroups } from './cgroupsPort.ts';
import type { Filter } from './filterPort.ts';
import type { Images, Registry } from './imagePorts.ts';
import type { Pci } from './pci/pciPort.ts';
import type { Trees } from './tree.ts';
import type { Uplinks } from './uplinksPort.ts';
import type { Accelerator, CgroupLimits, HostView } from './view.ts';

export type { Filter, FilterCommand } from './filterPort.ts';
export type { HostView } from './view.ts';

/** Narrow ports to one machine. All changes that Nova makes go through here, and none of them asks a person. */
export interface Host {
  readonly scope: Scope;
  readonly project: string;
  readonly clock: Clock;
  /** A view whose every read is newer than this call. Calls made together share reads. */
  view(): HostView;
  readonly links: Links;
  readonly uplinks: Uplinks;
  readonly filter: Filter;
  readonly namespaces: Namespaces;
  readonly files: Files;
  readonly trees: Trees;
  readonly mounts: Mounts;
  readonly cgroups: Cgroups;
  readonly processes: Processes;
  readonly runtime: Runtime;
  readonly sysctls: Sysctls;
  readonly images: Images;
  readonly registry: Registry;
  readonly probe: Probe;
  readonly disks: Disks;
  readonly qmp: Qmp;
  readonly pci: Pci;
  /** What runs machines best here, found by trying it once for a start of the machine. */
  accelerator(): Promise<Accelerator>;
  /** Those of the capabilities that are not there, each with the reason and the next thing to do. Changes nothing. */
  missing(capabilities: readonly Capability[]): Promise<readonly Missing[]>;
}

export interface Missing {
  readonly capability: Capability;
  readonly why: string;
  readonly hint: string;
  /** Debian packages that bring it, where it is a matter of packages. */
  readonly packages?: readonly string[];
}

export interface Clock {
  /** ms since the epoch */
  now(): number;
  /** Resolves after `ms`; rejects with `interrupted` when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * `ip` without the word `ip`, as `['link', 'set', 'lan', 'up']`. `tolerate` names what is as good as done already:
 * `exists` for `File exists`, `absent` for `Cannot find device` and its kin.
 */
export interface LinkCommand {
  readonly argv: readonly string[];
  readonly tolerate?: 'exists' | 'absent';
}

export interface Links {
  /**
   * Runs the commands in order, together with those of others that are ready (`ip -force -batch`). Rejects with
   * `host.command`, naming the first of *these* that failed.
   * @param namespace a named network namespace; default: the scope's.
   * @param family of commands that do not tell it by an address (`ip -6 rule`); default: IPv4.
   */
  change(commands: readonly LinkCommand[], namespace?: string, family?: 4 | 6): Promise<void>;
}

export interface Namespaces {
  /** Makes a named network namespace, brings `lo` up, and gives `lo` the mark as alias. One that exists is left alone but for that. */
  ensure(name: string, mark: string): Promise<void>;
  /** Gives the network namespace of a living process a name (`ip netns attach`). */
  attach(name: string, pid: number): Promise<void>;
  /** Takes the name away; the namespace lives on while a process is in it. Absent is done. */
  remove(name: string): Promise<void>;
}

export interface Files {
  /** Whole or not at all: written beside it, then renamed. Parents are made. Default mode 0o600. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** As `write`, but the very file: whoever has it mounted sees it. It is not whole at every moment. */
  rewrite(path: string, text: string, mode?: number): Promise<void>;
  /** With its parents, which get 0o755. An existing folder keeps its mode and owner. Default mode 0o700. */
  makeDirectory(path: string, mode?: number): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  chown(path: string, uid: number, gid: number): Promise<void>;
  /** Replaces what is there. */
  symlink(target: string, path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** With everything in it; never crosses into another mount. Absent is done. */
  remove(path: string): Promise<void>;
  /** An empty folder only; one that is not empty, or absent, is left as it is. */
  removeEmpty(path: string): Promise<void>;
  /** Sets the extended attribute that holds the mark. */
  mark(path: string, mark: string): Promise<void>;
  unmark(path: string): Promise<void>;
}

export interface Mounts {
  /** Absent or other mounts at the target are the caller's care. */
  overlay(mount: { lower: string; upper: string; work: string; target: string }): Promise<void>;
  /** Everything mounted at the target and below it. Absent is done. */
  unmount(target: string): Promise<void>;
}

export interface Processes {
  /**
   * Starts something that puts itself into the background (dnsmasq), in a cgroup and session of its own; resolves
   * when its first process has exited with 0, rejects with `host.command` and what it said otherwise.
   */
  daemon(options: { argv: readonly string[]; cgroup: string; inNamespace: boolean }): Promise<void>;
  /**
   * Starts something that stays in the foreground (QEMU), in a cgroup and session of its own; resolves when `up` does
   * with true, rejects with `host.command` and what it said when it ends before, with `host.timeout` when it takes
   * too long. `up` is asked again and again. A macvtap, by its name, is open as file descriptor 3.
   */
  start(options: {
    argv: readonly string[];
    cgroup: string;
    inNamespace: boolean;
    macvtap?: string;
    up: () => Promise<boolean>;
  }): Promise<void>;
  /** Sends a signal if that very process still lives. */
  signal(
    process: { pid: number; startTime: number },
    signal: 'SIGTERM' | 'SIGKILL' | 'SIGHUP' | 'SIGCONT',
  ): Promise<void>;
}

/** A capsule as conmon and the OCI runtime need to know it. */
export interface RuntimeContainer {
  readonly id: string;
  readonly uuid: string;
  readonly name: string;
  /** Folder with `config.json`; also where conmon keeps its files. */
  readonly bundle: string;
  readonly pidFile: string;
  readonly exitDirectory: string;
  readonly log: string;
  /** Cgroup of conmon and of what it starts at the end; the capsule's own stands in its config.json. */
  readonly monitorCgroup: string;
  /** What conmon runs when the capsule has ended. */
  readonly exitCommand: readonly string[];
}

/** What starts a capsule: conmon with its arguments, and the OCI runtime with those that every call of it gets. */
export interface RuntimeCommands {
  readonly conmon: readonly string[];
  readonly runtime: readonly string[];
}

/** conmon with the OCI runtime that works on this host. */
export interface Runtime {
  /** The command lines behind `create` and `start`, for the program that starts a capsule again by itself. Changes nothing. */
  commands(container: RuntimeContainer): Promise<RuntimeCommands>;
  /** Creates, not yet starts it. Rejects with `capsule.start` and what the runtime said. */
  create(container: RuntimeContainer): Promise<void>;
  start(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  update(id: string, limits: CgroupLimits): Promise<void>;
  /** Sets the host name in the UTS namespace of that very process, if it still lives. */
  setHostname(process: { pid: number; startTime: number }, name: string): Promise<void>;
  /** Forced; absent is done. */
  delete(id: string): Promise<void>;
}

export interface Sysctls {
  /** Sets a sysctl of the scope's namespace for a user of it; what stood there is remembered before the first write. */
  borrow(key: string, value: string, user: string): Promise<void>;
  /**
   * Sets a sysctl of something that is Nova's and takes it along when it goes: a link that it made.
   * @param namespace a named network namespace; default: the scope's.
   */
  set(key: string, value: string, namespace?: string): Promise<void>;
  /** The last user's return restores what was there before. */
  giveBack(key: string, user: string): Promise<void>;
}

/** Acts as a client in the scope's namespace would. Each resolves to undefined when it worked, else to why not. */
export interface Probe {
  tcp(ip: string, port: number, timeout: number, signal: AbortSignal): Promise<string | undefined>;
  /** Any status from 200 to 399 is good. */
  http(url: string, timeout: number, signal: AbortSignal): Promise<string | undefined>;
  /** Runs a command in a capsule; exit status 0 is good. */
  exec(
    id: string,
    argv: readonly string[],
    timeout: number,
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** Asks a DNS server for the addresses of a name: of each family of which some are expected. */
  dns(
    server: string,
    name: string,
    expected: readonly string[],
    timeout: number,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

/** Disks of machines. Everything rejects with `host.command` and what `qemu-img` said. */
export interface Disks {
  /**
   * Makes a qcow2 file over a base (qcow2 or raw), whole or not at all; what is at the path is replaced.
   * @param disk `size` in bytes, and at least as large as the base; default: as large
   */
  overlay(disk: { path: string; base: string; size: number | undefined }): Promise<void>;
  /** Makes the disk of a machine that does not run larger. */
  grow(path: string, size: number): Promise<void>;
}

/** A command of the QEMU Machine Protocol. With `tolerate`, what it names need not be there. */
export interface QmpCommand {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly tolerate?: 'absent';
}

/** Speaks to running QEMUs by their sockets. */
export interface Qmp {
  /**
   * Runs commands one after the other. Rejects with `host.timeout` when it does not answer in time, and with
   * `host.command` and QEMU's own words when it refuses one.
   * @param timeout ms for each answer
   */
  run(socket: string, commands: readonly QmpCommand[], timeout: number): Promise<void>;
  /**
   * Asks a machine to let go of devices of one slot, and waits until they are out. What is out already is done.
   * @param ids by their names, the one that all of the slot follow first
   * @param timeout ms until the machine has to have let go
   * @returns those that it has not let go of
   */
  detach(socket: string, ids: readonly string[], timeout: number): Promise<readonly string[]>;
}
