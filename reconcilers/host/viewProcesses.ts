import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { unifiedFolder } from './cgroupTree.ts';
import { errorCode, isAbsence } from './fileErrors.ts';
import type { Process } from './view.ts';

/** Every process that is not a zombie. Read synchronously: a walk by promises takes many times as long. */
export function readProcesses(): Map<number, Process> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((name) => {
      const found = readProcess(Number(name));
      return found === undefined ? [] : [[found.pid, found] as const];
    }),
  );
}

/** Those in one of Nova's cgroups and below it, that are not zombies. */
export function readMembers(cgroup: string): Map<number, Process> {
  const members = pidsBelow(unifiedFolder(cgroup)).flatMap((pid) => readProcess(pid) ?? []);
  return new Map(members.map((member) => [member.pid, member]));
}

function pidsBelow(folder: string): number[] {
  try {
    const own = readFileSync(`${folder}/cgroup.procs`, 'utf8').split('\n').filter(Boolean).map(Number);
    const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...own, ...inner.flatMap(({ name }) => pidsBelow(`${folder}/${name}`))];
  } catch (error) {
    // A cgroup that is being removed answers ENODEV.
    if (isAbsence(error) || errorCode(error) === 'ENODEV') return [];
    throw error;
  }
}

/** One process; undefined when it is gone or a zombie. */
export function readProcess(pid: number): Process | undefined {
  try {
    const found = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    if (found === undefined || found.state === 'Z' || found.state === 'X') return undefined;
    const { kernel, ...life } = found;
    // Half of all there are, or more; they were started by nobody, and are in no namespace but the first.
    if (kernel) return { pid, ...life, argv: [], cgroup: '/', netns: 0 };
    return {
      pid,
      ...life,
      argv: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1),
      cgroup: unifiedCgroup(readFileSync(`/proc/${pid}/cgroup`, 'utf8')),
      netns: namespaceOf(pid),
    };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** 0 where it may not be known: a more privileged process is none of ours. */
function namespaceOf(pid: number): number {
  try {
    return Number(/^net:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1] ?? 0);
  } catch (error) {
    if (errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM') return 0;
    throw error;
  }
}

/** Fields 3, 9 and 22 of proc_pid_stat(5); the name before them may hold blanks and brackets itself. */
export function parseStat(
  line: string,
): { readonly state: string; readonly startTime: number; readonly kernel: boolean } | undefined {
  const rest = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, flags, startTime] = [rest[0], rest[6], rest[19]];
  if (state === undefined || startTime === undefined) return undefined;
  return { state, startTime: Number(startTime), kernel: (Number(flags) & kernelThread) !== 0 };
}

/** `PF_KTHREAD` in Linux's `sched.h`. */
const kernelThread = 0x00_20_00_00;

function unifiedCgroup(lines: string): string {
  return /^0::(.*)$/m.exec(lines)?.[1] ?? '/';
}
