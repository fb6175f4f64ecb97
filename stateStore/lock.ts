import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

import { NovaError } from '../schema/errors.ts';
import { isBusy, stateFailure } from './failure.ts';
import { describeHolder, holderOf, ownerSql, tokenOf, type LockOwner } from './lockOwner.ts';

export type { LockOwner } from './lockOwner.ts';

export interface LockOptions {
  /** A file of its own; its folder is made when it is not there. */
  readonly path: string;
  readonly owner: LockOwner;
  /** ms; 0 tries once */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** Called once, when somebody else is found to hold it; undefined when who it is cannot be told. */
  readonly onWait?: (owner: LockOwner | undefined) => void;
}

export interface Lock {
  /** Takes the file away and lets go. Done twice, it equals done once. */
  release(): void;
}

/**
 * Takes a lock that only one process of the machine has at a time and that the kernel frees however the process ends.
 * Throws `state.locked` naming its owner after `timeout`, `interrupted`, `state.unwritable`, `host.full` or
 * `state.damaged`.
 *
 * It is SQLite's reservation of the right to write to a file (https://sqlite.org/lockingv3.html): who has it can be
 * read in the file meanwhile.
 */
export async function acquireLock(options: LockOptions): Promise<Lock> {
  const { path, timeout, signal } = options;
  const deadline = performance.now() + timeout;
  for (let attempt = 0; ; attempt += 1) {
    const lock = tryLock(path, options.owner);
    if (lock !== undefined) return lock;
    if (attempt === 0) options.onWait?.(holderOf(path));
    if (performance.now() >= deadline) throw locked(path);
    await pause(signal);
  }
}

/** Undefined when somebody else has it, or had it a moment ago. */
function tryLock(path: string, owner: LockOwner): Lock | undefined {
  const token = randomUUID();
  let connection: DatabaseSync | undefined;
  try {
    connection = open(path);
    connection.exec('begin immediate');
    connection.exec(ownerSql(owner, token));
    // Somebody who reads who holds it delays this for a moment.
    connection.exec('pragma busy_timeout = 1000; commit; pragma busy_timeout = 0; begin immediate');
    // The file may have been taken away by a release, or another may have come first between the two transactions.
    if (tokenOf(path) === token) return heldBy(connection, path, token);
    connection.close();
    return undefined;
  } catch (thrown) {
    connection?.close();
    if (isBusy(thrown)) return undefined;
    throw damagedLock(stateFailure(thrown, path), path);
  }
}

function open(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  const connection = new DatabaseSync(path, { timeout: 0 });
  try {
    // Others who may read it could hold it up.
    chmodSync(path, 0o600);
  } catch {
    // Taken away by a release just now: that is found out below.
  }
  // A journal beside it would be taken for that of the next file of this name. Only one page is ever written, so a
  // kill leaves the old or the new one, and what a power failure spoils is of no use afterwards.
  connection.exec('pragma journal_mode = memory; pragma synchronous = off');
  return connection;
}

function heldBy(connection: DatabaseSync, path: string, token: string): Lock {
  return {
    release() {
      if (!connection.isOpen) return;
      // While still holding it, and only if nobody has put another file there.
      if (tokenOf(path) === token) rmSync(path, { force: true });
      connection.close();
    },
  };
}

/** ms between attempts */
const interval = 50;

async function pause(signal: AbortSignal | undefined): Promise<void> {
  try {
    // Not all at the same moment.
    await sleep(interval * (0.5 + Math.random()), undefined, { signal });
  } catch (cause) {
    throw new NovaError('interrupted', 'interrupted while waiting for another run', { cause });
  }
}

function locked(path: string): NovaError {
  const holder = holderOf(path);
  return new NovaError('state.locked', `another run has the lock ${path}: ${describeHolder(holder)}`, {
    hint:
      holder === undefined
        ? `Wait for it with --lock-timeout, or find it: fuser -v ${path}`
        : `Wait for it with --lock-timeout, or look at what it does: ps -f -p ${holder.pid}`,
  });
}

function damagedLock(failure: unknown, path: string): unknown {
  if (!(failure instanceof NovaError) || failure.code !== 'state.damaged') return failure;
  return new NovaError('state.damaged', `${path}: this is not a lock file, or it is damaged`, {
    hint: `When no other run is at work, remove it and run again: rm ${path}`,
    cause: failure,
  });
}
