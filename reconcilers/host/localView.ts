import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';

import type { Scope } from '../identity.ts';
import { rememberedAccelerator } from './accelerator.ts';
import { sharedRead } from './coalesce.ts';
import type { CommandRunner } from './commandRunner.ts';
import { fileError, isAbsence } from './fileErrors.ts';
import { createMarkReader } from './marks.ts';
import { parseMountInfo } from './mountInfo.ts';
import { namedNamespaces, namespaceInode, ownNamespaceInode } from './netns.ts';
import { readHolders } from './pci/holders.ts';
import { readMediatedNames, readPci, readPciState } from './pci/readPci.ts';
import { queryPeripherals, queryStatus } from './qmp.ts';
import { noReader, type Reader } from './reader.ts';
import type { FileStat, HostView, Mount } from './view.ts';
import { readCarried } from './viewCarried.ts';
import { readCgroup, readCpuTime } from './viewCgroup.ts';
import { readCapacity } from './viewCapacity.ts';
import { readDisk } from './viewDisk.ts';
import { readInside } from './viewInside.ts';
import { readInnerLink } from './viewInnerLink.ts';
import { readLinks } from './viewLinks.ts';
import { readMembers, readProcess, readProcesses } from './viewProcesses.ts';
import { readTaps } from './viewTaps.ts';
import { readHead, readTree, sha256Of } from './viewTree.ts';
import { readRouting } from './viewRouting.ts';
import { createSysctlReader } from './viewSysctls.ts';
import { readTables } from './viewTables.ts';

/**
 * Makes views of the machine; those made together share what they read.
 * @param tables a program that stays and reads them, where there will be many views. Not so for links: an `ip` that stays
 *   goes on telling the name that a bridge had before it was renamed.
 */
export function createViews(
  scope: Scope,
  project: string,
  runner: CommandRunner,
  tableReader: Reader = noReader,
): () => HostView {
  const exists = () => scope.namespace === undefined || namespaceInode(scope.namespace) !== undefined;
  const links = sharedRead(async () => (exists() ? await readLinks(runner, scope.namespace) : []));
  const carried = sharedRead(async () =>
    exists() ? await readCarried(runner, scope.namespace) : { addresses: [], routes: [] },
  );
  const routing = sharedRead(async () =>
    exists() ? await readRouting(runner, scope.namespace) : { rules: [], routes: [], refusals: [] },
  );
  const tables = sharedRead(async () =>
    exists() ? await readTables(runner, scope.namespace, tableReader) : [],
  );
  const processes = sharedRead(async () => readProcesses());
  const mounts = sharedRead(async () => readMounts());
  const pci = sharedRead(async () => readPci());
  const sysctl = createSysctlReader(runner, scope.namespace);
  const marks = createMarkReader(runner);

  return () => {
    const once = oncePerView();
    const holders = once(async () => readHolders());
    const marksOnce = once((joined: string) => marks(joined.split('\0')));
    return {
      scope,
      project,
      links: once(links),
      carried: once(carried),
      routing: once(routing),
      tables: once(tables),
      sysctl: once(sysctl),
      namespaces: once(async () => namedNamespaces()),
      namespace: once(async () =>
        scope.namespace === undefined ? ownNamespaceInode() : namespaceInode(scope.namespace),
      ),
      processes: once(processes),
      members: once(async (cgroup: string) => readMembers(cgroup)),
      process: once(async (pid: number) => readProcess(pid)),
      mounts: once(mounts),
      inside: once(async (pid: number) => readInside(pid)),
      innerLink: async (pid, name) => readInnerLink(pid, name),
      taps: once(async (pid: number) => readTaps(pid)),
      cgroup: once(async (path: string) => readCgroup(path, scope.data)),
      marks: (paths) => marksOnce(paths.join('\0')),
      cpuTime: once(async (path: string) => readCpuTime(path)),
      read: once(async (path: string) => ifThere(path, () => readText(path))),
      tail: async (path, bytes) => ifThere(path, () => readTail(path, bytes)),
      list: once(async (path: string) => ifThere(path, () => readdirSync(path).toSorted())),
      disk: once(async (path: string) => ifThere(path, () => readDisk(path))),
      qmp: once(async (path: string) => queryStatus(path)),
      peripherals: once(async (path: string) => queryPeripherals(path)),
      pci: once(pci),
      device: once(async (address: string) => readPciState(address)),
      mediated: once(async () => readMediatedNames()),
      holders: async (node) => (await holders()).get(node) ?? [],
      capacity: once(async () => readCapacity()),
      accelerator: once(async () => rememberedAccelerator(scope)?.choice),
      stat: once(async (path: string) => ifThere(path, () => fileStat(lstatSync(path, quietly)))),
      tree: once((path: string) => onThere(path, () => readTree(path))),
      head: async (path, bytes) => ifThere(path, () => readHead(path, bytes)),
      sha256: once((path: string) => onThere(path, () => sha256Of(path))),
    };
  };
}

/** Wraps the readers of one view so that each part is read a single time. */
function oncePerView() {
  return <Part extends [] | [string] | [number], Result>(read: (...part: Part) => Promise<Result>) => {
    const answers = new Map<string | number | undefined, Promise<Result>>();
    return (...part: Part): Promise<Result> => {
      const answer = answers.get(part[0]) ?? read(...part);
      answers.set(part[0], answer);
      return answer;
    };
  };
}

function readMounts(): ReadonlyMap<string, Mount> {
  return new Map(
    parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).map((mount) => [mount.target, mount]),
  );
}

function ifThere<Result>(path: string, read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw fileError(`cannot read ${path}`, error);
  }
}

async function onThere<Result>(path: string, read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw fileError(`cannot read ${path}`, error);
  }
}

function readTail(path: string, bytes: number): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(bytes, size));
    const read = readSync(file, buffer, 0, buffer.length, Math.max(0, size - bytes));
    return buffer.toString('utf8', 0, read);
  } finally {
    closeSync(file);
  }
}

/** Of what is absent an error costs more than anything else about it, and most that is asked for is absent. */
const quietly = { throwIfNoEntry: false } as const;

function readText(path: string): string | undefined {
  return statSync(path, quietly) && readFileSync(path, 'utf8');
}

function fileStat(stats: Stats | undefined): FileStat | undefined {
  if (stats === undefined) return undefined;
  const { mode, uid, gid, ino } = stats;
  return { type: fileType(stats), mode: mode & 0o7777, uid, gid, inode: ino };
}

function fileType(stats: Stats): FileStat['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}
