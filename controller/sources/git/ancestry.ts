import * as fs from 'node:fs';

import git from 'isomorphic-git';

import type { Objects } from './checkout.ts';

/** Commits that are looked at in search of one. */
const farthest = 20_000;

/** Whether a commit came after another one, as far as the objects at hand tell. */
export async function isAfter(objects: Objects, commit: string, other: string): Promise<boolean> {
  const seen = new Set([commit]);
  for (const oid of seen) {
    if (oid === other) return true;
    if (seen.size > farthest) return false;
    for (const parent of await parentsOf(objects, oid)) seen.add(parent);
  }
  return false;
}

/** Of a commit that is not here there is nothing to tell: what lies before it was not fetched. */
async function parentsOf(objects: Objects, oid: string): Promise<readonly string[]> {
  try {
    return (await git.readCommit({ fs, ...objects, oid })).commit.parent;
  } catch (error) {
    if (error instanceof git.Errors.NotFoundError) return [];
    throw error;
  }
}
