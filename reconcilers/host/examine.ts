import type { Capability } from '../reconciler.ts';
import { acquireLock, type Lock } from '../../stateStore/lock.ts';
import type { Scope } from '../identity.ts';
import { recordToFile, type Recorder } from './commandRecord.ts';
import { createCommandRunner, type CommandRunner } from './commandRunner.ts';
import { capabilities, findMissing } from './missing.ts';
import { emptyWork } from './recovery.ts';
import { createRuntimeChoice, runtimeNames } from './runtimeChoice.ts';
import { probeRuntime } from './runtimeProbe.ts';
import { findTool } from './tools.ts';
import { workCgroupOf } from './workCgroup.ts';

/** One thing that resources may need of a machine, and whether it is there. */
export interface Finding {
  readonly capability: Capability;
  /** What it is needed for, in a few words. */
  readonly purpose: string;
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
 * moment: a capsule is run with each OCI runtime.
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
    const missing = await findMissing(capabilities, createRuntimeChoice(scope, doctor, runner));
    const lacks = new Map(missing.map((each) => [each.capability, each]));
    const findings = capabilities.map(async (capability): Promise<Finding> => {
      const purpose = purposes[capability] ?? '';
      const lack = lacks.get(capability);
      if (lack === undefined) {
        const details = await found(capability, scope, runner);
        return { capability, purpose, there: true, details, hint: undefined, packages: [] };
      }
      const { why, hint, packages = [] } = lack;
      return { capability, purpose, there: false, details: why, hint, packages };
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
  xattr: 'marks on volumes',
  'oci-runtime': 'running capsules',
  cgroup2: 'finding and ending processes of capsules',
  overlayfs: 'roots of capsules',
  'net-admin': 'changing the host at all',
};

async function found(capability: Capability, scope: Scope, runner: CommandRunner): Promise<string> {
  if (capability === 'oci-runtime') return triedRuntimes(scope, runner);
  return findTool(capability === 'xattr' ? 'setfattr' : capability) ?? 'yes';
}

async function triedRuntimes(scope: Scope, runner: CommandRunner): Promise<string> {
  const said: string[] = [];
  for (const path of runtimeNames.flatMap((name) => findTool(name) ?? [])) {
    const why = await probeRuntime(scope, doctor, runner, path);
    said.push(why === undefined ? `${path} works` : `${path} does not work here: ${why}`);
  }
  return said.join('; ');
}
