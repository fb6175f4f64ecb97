import { existsSync } from 'node:fs';

import type { Scope } from '../identity.ts';

/** Where the OCI runtime keeps its state. */
export function runtimeRoot(scope: Scope): string {
  return `${scope.run}/runtime`;
}

/** The state folder of one capsule. */
export function runtimeState(scope: Scope, id: string): string {
  return `${runtimeRoot(scope)}/${id}`;
}

/** Where conmon puts the way to its sockets: short, as the path of a socket has at most 107 bytes. */
export function socketFolder(scope: Scope): string {
  return `${scope.run}/s`;
}

/**
 * The runtime that made a capsule, by what it keeps; undefined when there is none of that id. The two do not read each
 * other's files, so a change of mind about which to use must not matter to what is there.
 */
export function runtimeThatMade(scope: Scope, id: string): 'runc' | 'crun' | undefined {
  const folder = runtimeState(scope, id);
  if (existsSync(`${folder}/state.json`)) return 'runc';
  return existsSync(`${folder}/status`) ? 'crun' : undefined;
}
