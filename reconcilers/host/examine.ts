import type { Capability } from '../reconciler.ts';
import { acquireLock, type Lock } from '../../stateStore/lock.ts';
import type { Scope } from '../identity.ts';
import { recordToFile, type Recorder } from './commandRecord.ts';
import { createCommandRunner, type CommandRunner } from './commandRunner.ts';
import { createAcceleratorChoice } from './accelerator.ts';
import { capabilities, findMissing } from './missing.ts';
import { emptyWork } from './recovery.ts';
import { createRuntimeChoice, runtimeNames, trialsInMemory } from './runtimeChoice.ts';
import { probeRuntime } from './runtimeProbe.ts';
import { findTool } from './tools.ts';
import { workCgroupOf } from './workCgroup.ts';

/** One thing that resources may need of a machine, and whether it is there. */
export interface Finding {
  readonly capability: Capability;
  /** What it is needed for, in a few words. */
  readonly purpose: string;
  /** False for what makes things better, and is done without otherwise. */
  readonly needed: boolean;
  readonly there: boolean;
  /** What was found, or why it is not there. */
  readonly details: string;
  /** How to get it; undefined when it is there. */
  readonly hint: string | undefined;
  /** Debian packages that bring it. */
  readonly packages: readonly string[];
}

/**
 * Looks for everything that any resource may need, and tries what only trying tells. That changes the host for a
 * moment: a capsule is run with each OCI runtime, and a machine with KVM.
 */
export async function examineMachine(
  scope: Scope,
  recorder: Recorder = recordToFile,
): Promise<readonly Finding[]> {
  const runner = createCommandRunner(workCgroupOf(scope, doctor), recorder);
  const lock = await lockTrials(scope);
  try {
    // What a killed one had at work, as in any recovery.
    if (lock !== undefined) await emptyWork(scope, doctor);
    const runtime = createRuntimeChoice(scope, doctor, runner, trialsInMemory());
    const accelerator = createAcceleratorChoice(scope, doctor, runner);
    const missing = await findMissing(capabilities, { runtime, accelerator, data: scope.data });
    const lacks = new Map(missing.map((each) => [each.capability, each]));
    const findings = capabilities.map(async (capability): Promise<Finding> => {
      const purpose = purposes[capability] ?? '';
      const needed = !dispensable.has(capability);
      const lack = lacks.get(capability);
      if (lack === undefined) {
        const details = await found(capability, scope, runner);
        return { capability, purpose, needed, there: true, details, hint: undefined, packages: [] };
      }
      const { why, hint, packages = [] } = lack;
      return { capability, purpose, needed, there: false, details: why, hint, packages };
    });
    return await Promise.all(findings);
  } finally {
    if (lock !== undefined) await emptyWork(scope, doctor);
    lock?.release();
  }
}

/** In the place of a project. None can be called so: those whose runs are under way keep their own. */
const doctor = '.doctor';

/** Trials of one scope come one after the other. Who is not root can try nothing, and needs no lock to find that out. */
async function lockTrials({ run }: Scope): Promise<Lock | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = { pid: process.pid, command: 'nova doctor', since: Date.now() };
  return acquireLock({ path: `${run}/${doctor}.lock`, owner, timeout: 30_000 });
}

const purposes: Readonly<Record<string, string>> = {
  ip: 'links and addresses',
  nft: 'NAT, isolation and published ports',
  dnsmasq: 'names and addresses on networks',
  conmon: 'watching capsules, their logs and restarts',
  nsenter: 'working inside network namespaces',
  umoci: 'capsules from OCI image layouts',
  skopeo: 'images in registries',
  gzip: 'initramfs images',
  xattr: 'marks on volumes and images',
  'oci-runtime': 'running capsules',
  cgroup2: 'finding and ending processes of capsules',
  overlayfs: 'roots of capsules',
  'net-admin': 'changing the host at all',
  qemu: 'virtual machines',
  'qemu-img': 'disks of virtual machines',
  tap: 'networks of virtual machines',
  kvm: 'virtual machines at full speed',
  'run-in-memory': 'secrets that no disk ever holds',
  'io-limit': 'limits of reading and writing disks',
};

/** Without KVM, machines run by QEMU's own translation; few capsules have a limit of that kind. */
const dispensable: ReadonlySet<string> = new Set(['kvm', 'run-in-memory', 'io-limit']);

/** Where the capability has another name than the program that brings it. */
const programs: Readonly<Record<string, string>> = { xattr: 'setfattr', qemu: 'qemu-system-x86_64' };

async function found(capability: Capability, scope: Scope, runner: CommandRunner): Promise<string> {
  if (capability === 'oci-runtime') return triedRuntimes(scope, runner);
  return findTool(programs[capability] ?? capability) ?? 'yes';
}

async function triedRuntimes(scope: Scope, runner: CommandRunner): Promise<string> {
  const said: string[] = [];
  for (const path of runtimeNames.flatMap((name) => findTool(name) ?? [])) {
    const why = await probeRuntime(scope, doctor, runner, path);
    said.push(why === undefined ? `${path} works` : `${path} does not work here: ${why}`);
  }
  return said.join('; ');
}
