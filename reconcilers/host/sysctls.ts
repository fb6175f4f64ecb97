import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import { acquireLock } from '../../stateStore/lock.ts';
import type { Borrowed } from '../../stateStore/stateStore.ts';
import type { Scope } from '../identity.ts';
import { batched, type Outcome } from './coalesce.ts';
import type { CommandRunner } from './commandRunner.ts';
import type { Sysctls } from './host.ts';
import { namespaceInode, ownNamespaceInode } from './netns.ts';
import { sysctlFile } from './viewSysctls.ts';

/** Where it is remembered what stood in a sysctl before Nova wrote to it: the state store, bound to this machine. */
export interface Originals {
  /** Adds a user; the first one's `original` is kept. Returns the original. */
  borrow(key: string, original: string, user: string): string;
  /** Removes a user; returns the original when that was the last one. */
  giveBack(key: string, user: string): string | undefined;
  borrowed(): readonly Borrowed[];
  /** What is borrowed and given back in `work` is written at once. Default: one after the other. */
  together?(work: () => void): void;
}

export function createSysctls(options: {
  readonly scope: Scope;
  readonly project: string;
  readonly runner: CommandRunner;
  readonly originals: Originals;
  readonly read: (key: string) => Promise<string | undefined>;
  /** Whether Nova keeps something in this namespace from another data directory, of which `originals` may not know. */
  readonly shared: () => Promise<boolean>;
}): Sysctls {
  const { scope, runner, originals, read, shared } = options;
  const exclusively = createExclusion(scope, options.project);
  const queue = batched<Request, void>((requests) => exclusively(() => serve(requests)));

  /** A namespace that is made anew starts afresh, and so does the machine. */
  const place = () => {
    const inode = scope.namespace === undefined ? ownNamespaceInode() : namespaceInode(scope.namespace);
    return inode === undefined ? undefined : `sysctl/${bootId()}/${inode}/`;
  };
  /** Who are ready together share one lock, one read of each sysctl and few commits; each is answered for itself. */
  const serve = async (requests: readonly Request[]): Promise<Outcome<void>[]> => {
    const together = originals.together ?? ((work: () => void) => work());
    const here = place();
    const rowOf = (key: string) => (here === undefined ? undefined : here + key);
    const values = new Map<string, string | undefined>();
    for (const { key } of requests) if (!values.has(key)) values.set(key, await read(key));
    const failures = new Map<Request, unknown>();
    const write = async (key: string, value: string, whose: readonly Request[]) => {
      if (values.get(key) === value) return;
      const argv = ['tee', '--', sysctlFile(key)];
      try {
        await runner.run({ argv, effect: 'change', input: value, namespace: scope.namespace });
        values.set(key, value);
      } catch (error) {
        for (const request of whose) failures.set(request, error);
      }
    };

    const taken = requests.filter(({ value }) => value !== undefined);
    together(() => {
      if (taken.length > 0) forgetOtherBoots(originals);
      for (const request of taken) {
        const [row, current] = [rowOf(request.key), values.get(request.key)];
        if (row !== undefined && current !== undefined) originals.borrow(row, current, request.user);
        else failures.set(request, absent(request.key, scope.namespace));
      }
    });
    for (const request of taken)
      if (!failures.has(request)) await write(request.key, request.value ?? '', [request]);

    for (const row of originals.borrowed()) {
      const leaving = requests.filter(
        ({ key, value, user }) => value === undefined && rowOf(key) === row.key && row.users.includes(user),
      );
      const [first] = leaving;
      if (first === undefined) continue;
      // Written before it is forgotten: cut off in between, it is only written once more.
      const last = row.users.every((each) => leaving.some(({ user }) => user === each));
      if (last && !(await shared())) await write(first.key, row.original, leaving);
      together(() => {
        for (const request of leaving) if (!failures.has(request)) originals.giveBack(row.key, request.user);
      });
    }
    return requests.map((request) =>
      failures.has(request)
        ? { status: 'rejected', reason: failures.get(request) }
        : { status: 'fulfilled', value: undefined },
    );
  };

  return {
    set: async (key, value, namespace) => {
      const argv = ['tee', '--', sysctlFile(key)];
      const current = namespace === undefined ? await read(key) : undefined;
      if (current === undefined && namespace === undefined) throw absent(key, scope.namespace);
      const where = namespace ?? scope.namespace;
      if (current !== value) await runner.run({ argv, effect: 'change', input: value, namespace: where });
    },
    borrow: (key, value, user) => queue({ key, value, user: userOf(scope, user) }),
    giveBack: (key, user) => queue({ key, value: undefined, user: userOf(scope, user) }),
  };
}

interface Request {
  readonly key: string;
  /** Undefined: it is given back. */
  readonly value: string | undefined;
  readonly user: string;
}

/** One for all scopes of the machine. */
export function sysctlLock({ run }: Pick<Scope, 'run'>): string {
  return `${dirname(run)}/sysctl.lock`;
}

function userOf(scope: Scope, user: string): string {
  return `${scope.id}/${user}`;
}

/** Two projects, and two scopes, may share the sysctls of a namespace. */
function createExclusion(scope: Scope, project: string) {
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const owner = { pid: process.pid, command: `sysctls for ${project}` };
    const lock = await acquireLock({ path: sysctlLock(scope), owner, timeout: 30_000 });
    try {
      return await work();
    } finally {
      lock.release();
    }
  };
}

function forgetOtherBoots(originals: Originals): void {
  for (const { key, users } of originals.borrowed()) {
    if (!key.startsWith('sysctl/') || key.startsWith(`sysctl/${bootId()}/`)) continue;
    for (const user of users) originals.giveBack(key, user);
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function absent(key: string, namespace: string | undefined): NovaError {
  const where = namespace === undefined ? 'this machine' : `the network namespace ${namespace}`;
  return new NovaError('host.command', `there is no sysctl ${key} in ${where}`, {
    hint: 'see whether the namespace exists and the kernel has this ability',
  });
}
