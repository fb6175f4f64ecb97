import { readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import * as z from 'zod';

/** Who holds a lock, as it is told to those who wait. */
export interface LockOwner {
  readonly pid: number;
  readonly command: string;
  /** ms since the epoch; not known of a holder that did not say it itself */
  readonly since?: number | undefined;
  readonly host?: string | undefined;
}

/**
 * The statement that writes the owner into a lock file. A view, because its text stands in the first page of the file,
 * next to everything else that changes: one page is written, so a kill cannot leave half of it.
 */
export function ownerSql(owner: LockOwner, token: string): string {
  const words = JSON.stringify({ ...owner, command: owner.command.slice(0, 500), token });
  return `drop view if exists owner; create view owner as select '${words.replaceAll("'", "''")}' as words`;
}

/** The token of the last one to get the lock that is at `path` now. */
export function tokenOf(path: string): string | undefined {
  return read(path)?.token;
}

/** Who holds the lock at `path`: what it says itself, else what the kernel knows; undefined when neither does. */
export function holderOf(path: string): LockOwner | undefined {
  const written = read(path);
  const pid = lockingPid(path) ?? written?.pid;
  if (pid === undefined) return undefined;
  if (written?.pid !== pid) return { pid, command: commandOf(pid) };
  return { pid, command: written.command, since: written.since, host: written.host };
}

/** `pid 4711 (nova apply lab.toml) since 2026-01-31 12:00:00 UTC, which is stopped` */
export function describeHolder(owner: LockOwner | undefined): string {
  if (owner === undefined) return 'who it is cannot be told';
  const command = owner.command === '' ? '' : ` (${owner.command})`;
  const host = owner.host === undefined ? '' : ` on ${owner.host}`;
  const since = owner.since === undefined ? '' : ` since ${formatTime(owner.since)}`;
  const stopped = isStopped(owner.pid) ? `, which is stopped and goes on with: kill -CONT ${owner.pid}` : '';
  return `pid ${owner.pid}${command}${host}${since}${stopped}`;
}

const writtenSchema = z.object({
  pid: z.int(),
  command: z.string(),
  since: z.number().optional(),
  host: z.string().optional(),
  token: z.string(),
});

/** Undefined when the file is not there, has no owner yet, or cannot be read now. */
function read(path: string): z.infer<typeof writtenSchema> | undefined {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(path, { readOnly: true, timeout: 100 });
    const words = connection.prepare('select words from owner').get()?.['words'];
    return writtenSchema.safeParse(JSON.parse(String(words))).data;
  } catch {
    return undefined;
  } finally {
    connection?.close();
  }
}

/**
 * From /proc/locks (proc_locks(5)): the process with a write lock on the file. Never by opening it: closing it again
 * would let go of this process's own locks on it (fcntl_locking(2)).
 */
function lockingPid(path: string): number | undefined {
  try {
    const { ino, dev } = statSync(path);
    const file = `${hex((dev >> 8) & 0xfff)}:${hex((dev & 0xff) | ((dev >> 12) & 0xfff00))}:${ino}`;
    for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
      const [, pid, locked] = /^\d+: POSIX +ADVISORY +WRITE +(\d+) (\S+) /.exec(line) ?? [];
      if (locked === file && pid !== '0') return Number(pid);
    }
  } catch {
    // Gone, or this kernel does not say.
  }
  return undefined;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0');
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function isStopped(pid: number): boolean {
  try {
    return /\) [Tt] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function formatTime(since: number): string {
  return `${new Date(since).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
