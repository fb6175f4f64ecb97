import { existsSync } from 'node:fs';

import { NovaError } from '../schema/errors.ts';
import type { Manifest } from '../schema/manifest.ts';
import { sensitiveIn } from '../schema/sensitive.ts';
import { type Scope, scopeOf } from '../reconcilers/identity.ts';
import type { Host } from '../reconcilers/host/host.ts';
import { emptyWork } from '../reconcilers/host/recovery.ts';
import { createLocalHost } from '../reconcilers/host/local.ts';
import { acquireLock } from '../stateStore/lock.ts';
import { openStateStore } from '../stateStore/sqlite.ts';
import type { Owner, StateStore } from '../stateStore/stateStore.ts';
import { finishNamespace, machine } from './foundation.ts';
import { canonicalFolder } from './folders.ts';
import { tidyRunFolder } from './runFolder.ts';
import { ensureHostKey, readHostKey } from './secrets/hostKey.ts';

/** Where a command acts, from its options. */
export interface Place {
  readonly dataDirectory: string;
  readonly stateDirectory: string;
  readonly netns: string | undefined;
}

export function scopeAt(place: Place): Scope {
  return scopeOf(place.netns, canonicalFolder(place.dataDirectory));
}

/** A project that this process alone may change, until it is closed. */
export interface Session extends AsyncDisposable {
  readonly host: Host;
  readonly store: StateStore;
  readonly owner: Owner;
}

export interface SessionOptions extends Place {
  /** ms to wait for another run of the same project */
  readonly lockTimeout: number;
  readonly command: string;
  /** Told once when it has to wait. */
  readonly onWait: (owner: string) => void;
  /** How the state is opened; tests put a store here that stops the process at a chosen row. */
  readonly openStore?: (options: { readonly directory: string }) => StateStore;
}

/**
 * Locks the project, opens its state, and settles what a run that was cut off left behind.
 * @throws NovaError `state.*`, `host.full`, `host.permission`, `project.claimed`; the host is as it was then
 */
export async function openSession(manifest: Manifest, options: SessionOptions): Promise<Session> {
  const scope = scopeAt(options);
  const owner: Owner = { scope: scope.id, project: manifest.project };
  refuseUnprivileged();
  const stack = new AsyncDisposableStack();
  try {
    const lock = await acquireLock({
      path: `${scope.run}/${manifest.project}.lock`,
      owner: { pid: process.pid, command: options.command, since: Date.now() },
      timeout: options.lockTimeout,
      onWait: (holder) =>
        options.onWait(holder === undefined ? 'another run' : `process ${holder.pid} (${holder.command})`),
    });
    stack.defer(() => tidyRunFolder(scope));
    stack.defer(() => lock.release());
    const store = (options.openStore ?? openStateStore)({ directory: options.stateDirectory });
    stack.defer(() => store.close());
    claim(store, owner, manifest.file);
    if (sensitiveIn(manifest.resources).length > 0) await ensureHostKey(options.stateDirectory);
    else readHostKey(options.stateDirectory);
    const host = createLocalHost({
      scope,
      project: manifest.project,
      originals: originalsOf(store),
      trials: store,
    });
    stack.defer(() => host.close());
    await recover(store, owner, scope);
    await finishNamespace(host, store);
    const whole = stack.move();
    return { host, store, owner, [Symbol.asyncDispose]: () => whole.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Rows of the journal: what a person may want to look back at. Recovery needs those without an outcome alone. */
const journalKept = 10_000;

/** Children of a run that was killed may still be changing the host: they end before anything is observed. */
async function recover(store: StateStore, owner: Owner, scope: Scope): Promise<void> {
  await emptyWork(scope, owner.project);
  const pending = store.pending(owner).map(({ id }) => id);
  if (pending.length > 0) store.end(pending, 'settled');
  store.prune(owner, journalKept);
}

function claim(store: StateStore, owner: Owner, file: string): void {
  const other = store.claim(owner, file);
  if (other === undefined) return;
  // A NovaFile that was moved takes its project along.
  if (!existsSync(other) && store.claim(owner, file, other) === undefined) return;
  throw new NovaError(
    'project.claimed',
    `project ${owner.project} belongs to ${other}, and ${file} claims it too`,
    {
      hint: 'give one of them another `project`',
    },
  );
}

/** Sysctls are shared by all scopes of a machine. */
function originalsOf(store: StateStore) {
  return {
    borrow: (key: string, original: string, user: string) => store.borrow(machine, key, original, user),
    giveBack: (key: string, user: string) => store.giveBack(machine, key, user),
    borrowed: () => store.borrowed(machine),
    together: (work: () => void) => store.together(work),
  };
}

export function refuseUnprivileged(): void {
  if (process.getuid?.() === 0) return;
  throw new NovaError('host.permission', 'only root may change network, mounts and capsules', {
    hint: 'run the command again with sudo',
  });
}
