import { rmdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { cgroupTree } from './cgroupTree.ts';
import { errorCode, isAbsence } from './fileErrors.ts';

/** How many are making something below parents that they did not make, and paths whose parents may be empty since. */
let making = 0;
const left = new Set<string>();

/**
 * While this works no parent is taken away. An OCI runtime makes a cgroup with its parents, one after the other, and
 * fails when another capsule's end takes one of them away meanwhile.
 */
export async function whileMaking<Result>(work: () => Promise<Result>): Promise<Result> {
  making += 1;
  try {
    return await work();
  } finally {
    making -= 1;
    if (making === 0) {
      for (const path of left) climb(path);
      left.clear();
    }
  }
}

/** Takes away the parents of a cgroup as far as they are empty, in every hierarchy. */
export function removeParents(path: string): void {
  if (making > 0) left.add(path);
  else climb(path);
}

function climb(path: string): void {
  for (const root of cgroupTree().roots)
    for (let parent = dirname(path); parent !== '/'; parent = dirname(parent))
      if (!removeIfEmpty(root + parent)) break;
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (isAbsence(error)) return true;
    if (errorCode(error) === 'EBUSY' || errorCode(error) === 'ENOTEMPTY') return false;
    throw error;
  }
}
