import type { Blacklisted } from './model.ts';
import type { KernelTree } from './tree.ts';

/** Where modprobe.d(5) looks, the strongest first. */
const folders = ['/etc/modprobe.d', '/run/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d'];

/** What keeps modules from being loaded: modprobe.d(5) and words of the kernel command line. */
export function readBlacklist(
  tree: KernelTree,
  commandLine: readonly string[],
): Readonly<Record<string, Blacklisted>> {
  const found = new Map<string, Blacklisted>();
  const add = (name: string, entry: Blacklisted): void => {
    const key = name.replaceAll('-', '_');
    if (found.get(key)?.firmly !== true && (entry.firmly || !found.has(key))) found.set(key, entry);
  };
  for (const word of commandLine) {
    const [, key, names] = /^(module_blacklist|modprobe\.blacklist)=(.+)$/.exec(word) ?? [];
    for (const name of names?.split(',') ?? [])
      add(name, { by: 'the kernel command line', firmly: key === 'module_blacklist' });
  }
  for (const path of folders.flatMap((folder) => configurations(tree, folder))) {
    for (const line of (tree.text(path) ?? '').split('\n')) {
      const [verb, name, command] = line.trim().split(/\s+/);
      if (name === undefined) continue;
      if (verb === 'blacklist') add(name, { by: path, firmly: false });
      if (verb === 'install' && /\/(false|true)$/.test(command ?? '')) add(name, { by: path, firmly: true });
    }
  }
  return Object.fromEntries(found);
}

function configurations(tree: KernelTree, folder: string): readonly string[] {
  return tree
    .names(folder)
    .filter((name) => name.endsWith('.conf'))
    .map((name) => `${folder}/${name}`);
}
