import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type CommandRecord } from '../../../reconcilers/host/commandRecord.ts';
import { createLocalHost } from '../../../reconcilers/host/local.ts';
import { trialsInMemory } from '../../../reconcilers/host/runtimeChoice.ts';
import type { Originals } from '../../../reconcilers/host/sysctls.ts';
import type { Scope } from '../../../reconcilers/identity.ts';

/** A host of its own on this machine: a network namespace, folders, and what Nova remembers of sysctls. */
export function makeMachine(options: { readonly namespace?: boolean } = {}) {
  const id = randomBytes(4).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'nova-test-'));
  const namespace = `nvt-${id}`;
  const scope: Scope = {
    id,
    namespace,
    data: `${folder}/data`,
    roots: `${folder}/roots`,
    run: `${folder}/run`,
  };
  if (options.namespace !== false) sh(`ip netns add ${namespace} && ip -n ${namespace} link set lo up`);
  const commands: CommandRecord[] = [];
  const originals = rememberInMemory();
  const trials = trialsInMemory();
  const host = createLocalHost({
    scope,
    project: 'demo',
    originals,
    trials,
    recorder: (record) => commands.push(record),
  });
  return {
    scope,
    host,
    folder,
    commands,
    originals,
    trials,
    /** Runs a shell script in the machine's namespace; returns what it printed. */
    inside: (script: string) => sh(`nsenter --net=/run/netns/${namespace} sh -ec '${script}'`),
    async [Symbol.asyncDispose]() {
      await host.close();
      sh(`ip netns del ${namespace} 2>/dev/null || true`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function sh(script: string): string {
  return execFileSync('/bin/sh', ['-ec', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The cgroups of a scope that are left in any hierarchy. */
export function cgroupsOf(scope: Scope): string[] {
  const found = sh(`find /sys/fs/cgroup -type d -path '*/nova/${scope.id}*' 2>/dev/null || true`);
  return found.split('\n').filter((line) => line !== '');
}

export const never = new AbortController().signal;

function rememberInMemory(): Originals {
  const rows = new Map<string, { original: string; users: Set<string> }>();
  return {
    borrow: (key, original, user) => {
      const row = rows.get(key) ?? { original, users: new Set() };
      rows.set(key, row);
      row.users.add(user);
      return row.original;
    },
    giveBack: (key, user) => {
      const row = rows.get(key);
      row?.users.delete(user);
      if (row === undefined || row.users.size > 0) return undefined;
      rows.delete(key);
      return row.original;
    },
    borrowed: () => [...rows].map(([key, { original, users }]) => ({ key, original, users: [...users] })),
  };
}
