import type { KernelTree } from './tree.ts';

/** Where modprobe.d(5) looks, the strongest first. */
const folders = ['/etc/modprobe.d', '/run/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d'];

/**
 * Modules that are kept from being loaded, each with what keeps it. `blacklist` keeps the kernel from loading one for a
 * device by itself; only `install NAME /bin/false` keeps everybody.
 */
export function readBlacklist(
  tree: KernelTree,
  commandLine: readonly string[],
): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  const add = (name: string, by: string): void => {
    const key = name.replaceAll('-', '_');
    if (!found.has(key)) found.set(key, by);
  };
  for (const word of commandLine) {
    const [, names] = /^(?:module_blacklist|modprobe\.blacklist)=(.+)$/.exec(word) ?? [];
    for (const name of names?.split(',') ?? []) add(name, 'the kernel command line');
  }
  for (const folder of folders) {
    for (const file of tree.names(folder).filter((name) => name.endsWith('.conf'))) {
      for (const line of (tree.text(`${folder}/${file}`) ?? '').split('\n')) {
        const [verb, name, command] = line.trim().split(/\s+/);
        if (name === undefined) continue;
        if (verb === 'blacklist' || (verb === 'install' && /\/(false|true)$/.test(command ?? '')))
          add(name, `${folder}/${file}`);
      }
    }
  }
  return Object.fromEntries(found);
}
