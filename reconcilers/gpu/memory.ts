import type { Issue } from '../../schema/errors.ts';
import type { Address } from '../../schema/manifest.ts';
import type { Platform } from '../host/pci/model.ts';

/** A machine that has a PCI device of the host's: all of its memory stays where it is, as the device writes to it. */
export interface Locking {
  readonly address: Address;
  /** bytes */
  readonly memory: number;
}

/**
 * Pure: machines whose memory cannot be locked. vfio counts it against the limit of each QEMU (`RLIMIT_MEMLOCK`), and
 * what is locked has to be there, whatever `overcommit` promises. Each takes its part in the order that is given.
 */
export function lockingProblems(
  machines: readonly Locking[],
  { lockable, memory: whole }: Pick<Platform, 'lockable' | 'memory'>,
): ReadonlyMap<Address, Issue> {
  const problems = new Map<Address, Issue>();
  let locked = 0;
  for (const { address, memory } of machines) {
    if (lockable !== undefined && memory > lockable)
      problems.set(address, overLimit(address, memory, lockable));
    else if (whole !== undefined && locked + memory > whole)
      problems.set(address, overWhole(address, memory, Math.max(0, whole - locked)));
    else locked += memory;
  }
  return problems;
}

function overLimit(address: Address, memory: number, lockable: number): Issue {
  const message = `${address} locks ${mebibytes(memory)} of memory for its device, and ${mebibytes(lockable)} may be locked`;
  return {
    code: 'gpu.memory',
    message,
    hint: 'raise the limit where Nova is started: ulimit -l unlimited, or LimitMEMLOCK=infinity in its unit',
  };
}

function overWhole(address: Address, memory: number, left: number): Issue {
  const message = `${address} locks ${mebibytes(memory)} of memory for its device, and ${mebibytes(left)} of the host's are left for that`;
  const hint =
    'lower `memory`, or leave the device out of another machine: what is locked cannot be overcommitted';
  return { code: 'gpu.memory', message, hint };
}

/** Rounded down. */
function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)}Mi`;
}
