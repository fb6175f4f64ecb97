import type { Scope } from '../identity.ts';
import type { Carried } from './carried.ts';
import type { Holder } from './pci/holders.ts';
import type { PciHost, PciState } from './pci/model.ts';
import type { Routing } from './routing.ts';
import type { TreeEntry } from './tree.ts';

/** A network link in the scope's namespace. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** `bridge`, `veth`, `tun` …; undefined for a physical one. */
  readonly kind: string | undefined;
  /** `ifalias`: where the mark is. */
  readonly alias: string | undefined;
  readonly up: boolean;
  /** bytes */
  readonly mtu: number;
  readonly mac: string;
  /** Name of the bridge that it is a port of. */
  readonly master: string | undefined;
  /** Name of the link that it lies over: of a VLAN or a macvlan. */
  readonly over?: string;
  /** Number of the VLAN that it is. */
  readonly vlan?: number;
  /** As a bridge it takes part in the spanning tree protocol. */
  readonly stp?: true;
  /** It takes what is sent to any group (IFF_ALLMULTI). */
  readonly allmulti?: true;
  /** As a port of a bridge it takes back what came in by it. */
  readonly hairpin: boolean;
  /** IPv4 addresses of global scope. */
  readonly addresses: readonly { readonly ip: string; readonly prefix: number }[];
  /** IPv6 addresses of global scope that somebody gave it: not those that it made itself of what a router announces. */
  readonly addresses6: readonly { readonly ip: string; readonly prefix: number }[];
}

/** A rule as `nft -j` prints it. */
export interface FilterRule {
  readonly chain: string;
  readonly handle: number;
  readonly comment: string | undefined;
  readonly expr: readonly unknown[];
}

export interface FilterChain {
  readonly name: string;
  /** As `nft -j` prints them; undefined for a chain that is not a base chain. */
  readonly type: string | undefined;
  readonly hook: string | undefined;
  readonly prio: number | undefined;
  readonly policy: string | undefined;
}

/** A set or a map; what is in it is not read, as it comes and goes. */
export interface FilterSet {
  readonly name: string;
  /** As `ipv4_addr . inet_service`. */
  readonly type: string;
  /** How many elements it may have. */
  readonly size: number | undefined;
  /** s, after which an element goes. */
  readonly timeout: number | undefined;
}

export interface FilterTable {
  readonly family: string;
  readonly name: string;
  readonly chains: readonly FilterChain[];
  readonly rules: readonly FilterRule[];
  /** Undefined: none. */
  readonly sets?: readonly FilterSet[];
}

/** A process that is not a zombie. */
export interface Process {
  readonly pid: number;
  /** Clock ticks since boot (`/proc/PID/stat`, field 22): with the pid it names a process for good. */
  readonly startTime: number;
  /** One letter, as in `/proc/PID/stat`: `T` is stopped by a signal. */
  readonly state: string;
  readonly argv: readonly string[];
  /** Its cgroup in the unified hierarchy, as `/nova/3f2a9c1b/…`. */
  readonly cgroup: string;
  /** Inode of its network namespace. */
  readonly netns: number;
}

export interface Mount {
  readonly target: string;
  readonly type: string;
  /** What of the filesystem is mounted: the source folder of a bind mount, ending in `//deleted` when it is gone. */
  readonly root: string;
  readonly source: string;
  readonly readonly: boolean;
  /** Options of the filesystem (super options), as `lowerdir=…,upperdir=…`. */
  readonly options: string;
}

export interface FileStat {
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits, as 0o755. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly inode: number;
}

/** What is seen from within a capsule, read from `/proc/PID`. */
export interface Inside {
  /** Its links other than `lo`. */
  readonly links: readonly string[];
  /** IPv4 addresses. */
  readonly addresses: readonly string[];
  /** IPv6 addresses, as far as {@link Link.addresses6} has them. */
  readonly addresses6: readonly string[];
  /** Length of the network prefix of each address. */
  readonly prefixes: Readonly<Record<string, number>>;
  /** The link that each address is on, where the kernel tells: of one of IPv4 by the route to its network. */
  readonly on: Readonly<Record<string, string>>;
  /** Gateway of the default route of IPv4. */
  readonly gateway: string | undefined;
  /** The same of IPv6, as long as no router announced it. */
  readonly gateway6: string | undefined;
  readonly mounts: readonly Mount[];
}

/** A link in a capsule's namespace. */
export interface InnerLink {
  /** Index of the link that it lies over, in the namespace of that link; of one that lies over none its own. */
  readonly over: number;
  /** bytes */
  readonly mtu: number;
  readonly mac: string;
  readonly up: boolean;
}

/** Limits in force; undefined: none. */
export interface CgroupLimits {
  /** bytes */
  readonly memory: number | undefined;
  /** CPUs, as 1.5 */
  readonly cpu: number | undefined;
  readonly pids: number | undefined;
}

export interface CgroupSeen extends CgroupLimits {
  /** bytes per second to read, and as many to write, on the disk under the data directory; 0 where the two differ */
  readonly io: number | undefined;
  readonly frozen: boolean;
}

/** A disk image, as its first bytes tell. */
export interface DiskSeen {
  readonly format: 'qcow2' | 'raw';
  /** bytes that a machine sees */
  readonly size: number;
  /** What it lies over, as it is written in it. */
  readonly backing: string | undefined;
}

/** What runs the instructions of machines. */
export type Accelerator = 'kvm' | 'tcg';

/**
 * The host as it is now. Every part is read once per view and shared by all who ask, each read newer than the view.
 * Reading changes nothing.
 */
export interface Capacity {
  readonly cpus: number;
  /** bytes */
  readonly memory: number;
}

export interface HostView {
  readonly scope: Scope;
  readonly project: string;
  /** Links of the scope's namespace; `[]` when that namespace does not exist. */
  links(): Promise<readonly Link[]>;
  /** Addresses and routes of the scope's namespace, of both families and all tables. */
  carried(): Promise<Carried>;
  /** Rules of policy routing in it, and all that they lead to. */
  routing(): Promise<Routing>;
  tables(): Promise<readonly FilterTable[]>;
  /** As `net.ipv4.ip_forward`, in the scope's namespace; undefined when there is none. */
  sysctl(key: string): Promise<string | undefined>;
  /** Named network namespaces (`/run/netns`) with their inodes. */
  namespaces(): Promise<ReadonlyMap<string, number>>;
  /** Inode of the scope's network namespace; undefined when it does not exist. */
  namespace(): Promise<number | undefined>;
  /** Every process of the machine that is not a zombie, by pid. */
  processes(): Promise<ReadonlyMap<number, Process>>;
  /** Those in one of Nova's cgroups and below it, by pid, without a walk over all. */
  members(cgroup: string): Promise<ReadonlyMap<number, Process>>;
  /** One process; undefined when it is gone or a zombie. */
  process(pid: number): Promise<Process | undefined>;
  /** Mounts of the host by target; of several at one target the topmost. */
  mounts(): Promise<ReadonlyMap<string, Mount>>;
  /** Undefined when the process is gone. */
  inside(pid: number): Promise<Inside | undefined>;
  /** A link that a capsule has, by its name; undefined when it is not there, or cannot be seen through that process. */
  innerLink(pid: number, name: string): Promise<InnerLink | undefined>;
  /**
   * Names of the TAPs that a process holds open; one that was deleted has none. A macvtap is named with its index, as
   * `nv1f0c5e6d7a4c@7`: another one may have got its name.
   */
  taps(pid: number): Promise<readonly string[]>;
  /** Of a cgroup in the unified hierarchy's naming, in whichever hierarchy its controllers are. */
  cgroup(path: string): Promise<CgroupSeen | undefined>;
  /** CPU time that the processes of a cgroup have used, and those below it, in µs; undefined when it is not there. */
  cpuTime(cgroup: string): Promise<number | undefined>;
  /** Marks (extended attributes) of files; those without one are left out. One process for all paths. */
  marks(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Text of a file; undefined when it is not there. */
  read(path: string): Promise<string | undefined>;
  /** The last bytes of a file, for one that may be large; undefined when it is not there. */
  tail(path: string, bytes: number): Promise<string | undefined>;
  /** Names in a folder, sorted; undefined when it is not there. */
  list(path: string): Promise<readonly string[] | undefined>;
  /** Of the path itself: a symbolic link is not followed. */
  stat(path: string): Promise<FileStat | undefined>;
  /**
   * A file or folder with everything in it, sorted bytewise by path. A symbolic link at the path itself is followed, those
   * in it are not. Undefined when nothing is there.
   */
  tree(path: string): Promise<readonly TreeEntry[] | undefined>;
  /** The first bytes of a file, one character each; undefined when it is not there. */
  head(path: string, bytes: number): Promise<string | undefined>;
  /** SHA-256 of a file's contents, 64 hexadecimal digits; undefined when it is not there. */
  sha256(path: string): Promise<string | undefined>;
  /** A disk image; undefined when there is no file. */
  disk(path: string): Promise<DiskSeen | undefined>;
  /** Run state of the QEMU behind a QMP socket, as `running`; undefined when it does not answer within 500 ms. */
  qmp(socket: string): Promise<string | undefined>;
  /** Names of the devices that the QEMU behind a QMP socket was given by name; undefined when it does not answer. */
  peripherals(socket: string): Promise<readonly string[] | undefined>;
  /** What was found to run machines best here; undefined while nobody has tried. Trying changes the host. */
  accelerator(): Promise<Accelerator | undefined>;
  /** PCI devices of the machine, and what decides whether one may be handed over. */
  pci(): Promise<PciHost>;
  /** One of them alone, at the cost of one; undefined: it is not there. */
  device(address: string): Promise<PciState | undefined>;
  /** UUIDs of the mediated devices that there are. */
  mediated(): Promise<readonly string[]>;
  /** Processes that have a device node open. */
  holders(node: string): Promise<readonly Holder[]>;
  /** What the whole machine has, whoever uses it. */
  capacity(): Promise<Capacity>;
}
