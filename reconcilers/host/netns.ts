import { readdirSync, statSync } from 'node:fs';

import { isAbsence } from './fileErrors.ts';

const folder = '/run/netns';

/** Inode of a named network namespace; undefined when there is none of that name. */
export function namespaceInode(name: string): number | undefined {
  return inodeOf(`${folder}/${name}`);
}

/** Inode of the network namespace that Nova itself is in. */
export function ownNamespaceInode(): number | undefined {
  return inodeOf('/proc/self/ns/net');
}

/** Every named network namespace with its inode. */
export function namedNamespaces(): Map<string, number> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (isAbsence(error)) return new Map();
    throw error;
  }
  return new Map(
    names.flatMap((name) => {
      const inode = namespaceInode(name);
      return inode === undefined ? [] : [[name, inode] as const];
    }),
  );
}

/** A file that a killed `ip netns add` left without a namespace mounted on it does not count: it is on another device. */
function inodeOf(path: string): number | undefined {
  try {
    const { dev, ino } = statSync(path);
    return dev === statSync('/proc/self/ns/net').dev ? ino : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
