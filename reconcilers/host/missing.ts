import { existsSync, readFileSync, statfsSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import { cgroupTree } from './cgroupTree.ts';
import type { Missing } from './host.ts';
import type { AcceleratorChoice } from './accelerator.ts';
import { ioLimitLack } from './ioLimit.ts';
import type { RuntimeChoice } from './runtimeChoice.ts';
import { absence, findTool } from './tools.ts';

type Lack = Omit<Missing, 'capability'>;
/** What can only be found by trying. */
export interface Trials {
  readonly runtime: RuntimeChoice;
  readonly accelerator: AcceleratorChoice;
  /** The data directory. */
  readonly data: string;
}

type Check = (trials: Trials) => Lack | undefined | Promise<Lack | undefined>;

/** Those of the capabilities that are not there. `oci-runtime` is tried by running a capsule, `kvm` by a machine, once. */
export async function findMissing(capabilities: readonly string[], trials: Trials): Promise<Missing[]> {
  const missing: Missing[] = [];
  for (const capability of new Set(capabilities)) {
    const check = checks[capability];
    if (check === undefined)
      throw new NovaError('internal', `nothing is known about the capability ${capability}`);
    const lack = await check(trials);
    if (lack !== undefined) missing.push({ capability, ...lack });
  }
  return missing;
}

const checks: Readonly<Record<string, Check>> = {
  ip: () => tools('ip'),
  nft: () => tools('nft'),
  dnsmasq: () => tools('dnsmasq'),
  conmon: () => tools('conmon'),
  nsenter: () => tools('nsenter'),
  umoci: () => tools('umoci'),
  skopeo: () => tools('skopeo'),
  gzip: () => tools('gzip'),
  xattr: () => tools('setfattr', 'getfattr'),
  'oci-runtime': workingRuntime,
  cgroup2: unifiedCgroups,
  overlayfs: overlay,
  'net-admin': privileges,
  qemu: () => tools('qemu-system-x86_64'),
  'qemu-img': () => tools('qemu-img'),
  tap: tunDevice,
  kvm: workingKvm,
  'run-in-memory': runInMemory,
  'io-limit': ({ data }) => ioLimitLack(data),
};

/** Everything that some resource may need, by name. */
export const capabilities: readonly string[] = Object.keys(checks);

function tools(...names: readonly string[]): Lack | undefined {
  const name = names.find((each) => findTool(each) === undefined);
  return name === undefined ? undefined : absence(name);
}

async function workingRuntime({ runtime }: Trials): Promise<Lack | undefined> {
  try {
    await runtime();
    return undefined;
  } catch (error) {
    if (!(error instanceof NovaError)) throw error;
    const packages = error.code === 'capability.missing' ? otherRuntimes().slice(0, 1) : [];
    return { why: error.message, hint: error.hint ?? 'install crun or runc', packages };
  }
}

/** Those that are not installed, first the one that this machine's cgroups suit. */
function otherRuntimes(): readonly string[] {
  const pure = existsSync('/sys/fs/cgroup/cgroup.procs');
  return (pure ? ['crun', 'runc'] : ['runc', 'crun']).filter((name) => findTool(name) === undefined);
}

/** statfs(2): `TMPFS_MAGIC`. */
const tmpfs = 0x01021994;

function runInMemory(): Lack | undefined {
  if (statfsSync('/run').type === tmpfs) return undefined;
  return {
    why: '/run is on a disk, and so are the secrets of what runs, for root alone',
    hint: 'mount a tmpfs at /run when the machine starts, as systemd does',
  };
}

async function workingKvm({ accelerator }: Trials): Promise<Lack | undefined> {
  const { choice, why } = await accelerator();
  if (choice === 'kvm') return undefined;
  return { why: `KVM does not work here: ${why}`, hint: 'let accel be "auto" or "tcg"' };
}

function tunDevice(): Lack | undefined {
  if (existsSync('/dev/net/tun')) return undefined;
  return {
    why: 'there is no /dev/net/tun',
    hint: 'load it with `modprobe tun`, or use a kernel that has it',
  };
}

function unifiedCgroups(): Lack | undefined {
  try {
    const { unified } = cgroupTree();
    if (existsSync(`${unified}/cgroup.procs`)) return undefined;
    return {
      why: `${unified} is not a usable cgroup2 filesystem`,
      hint: `see what is mounted there: findmnt ${unified}`,
    };
  } catch (error) {
    if (!(error instanceof NovaError)) throw error;
    return { why: error.message, hint: error.hint ?? 'mount a cgroup2 filesystem' };
  }
}

/** A kernel that has it as a module names it only when it is loaded. */
function overlay(): Lack | undefined {
  if (/\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))) return undefined;
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  if (existsSync(`/lib/modules/${release}/kernel/fs/overlayfs`)) return undefined;
  return {
    why: 'this kernel has no overlayfs',
    hint: 'load it with `modprobe overlay`, or use a kernel that has it',
  };
}

/** CAP_NET_ADMIN (12) and CAP_SYS_ADMIN (21) in effect, of capabilities(7). */
function privileges(): Lack | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const has = (capability: bigint) => ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
  if (has(12n) && has(21n)) return undefined;
  return {
    why: 'only root may change network, mounts and capsules',
    hint: 'run the command again with sudo',
  };
}
