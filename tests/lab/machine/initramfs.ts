import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { cpio, type Entry } from '../../system/support/cpio.ts';
import { loadOrder } from '../build/modules.ts';
import { rootPaths } from '../build/root.ts';
import { firstInit, secondInit } from './init.ts';

/** Until the root is there, and to reach the agent. */
const modules = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console', 'virtio_blk'];

/** What the first `init` calls. */
const applets = ['sh', 'insmod', 'mkdir', 'mount', 'mv', 'switch_root'];

/**
 * The archive that a lab starts from: a busybox, modules, and the programs that are to run inside.
 * @param folder of the cache, with the root
 * @param programs text by name of file
 */
export function initramfs(folder: string, programs: ReadonlyMap<string, string>): Buffer {
  const { root, modules: versions } = rootPaths(folder);
  const [version = ''] = readdirSync(versions);
  const tree = join(versions, version);
  const files = loadOrder(readFileSync(join(tree, 'modules.dep'), 'utf8'), modules);
  const names = files.map((file) => file.split('/').at(-1) ?? '');
  const folders = ['bin', 'dev', 'lower', 'modules', 'proc', 'programs', 'root', 'sys', 'upper'];
  const entries: readonly Entry[] = [
    ...folders.map((path) => ({ path, mode: 0o040755 })),
    executable('bin/busybox', readFileSync(join(root, 'bin/busybox'))),
    ...applets.map((name) => ({ path: `bin/${name}`, mode: 0o120777, content: 'busybox' })),
    ...files.map((file, index) => executable(`modules/${names[index]}`, readFileSync(join(tree, file)))),
    executable('init', firstInit(names)),
    executable('programs/init', secondInit),
    ...foldersOf([...programs.keys()]).map((path) => ({ path: `programs/${path}`, mode: 0o040755 })),
    ...[...programs].map(([name, content]) => executable(`programs/${name}`, content)),
  ];
  return cpio(entries);
}

/** Those in which the files are, the outer before the inner. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const all = paths.flatMap((path) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(all)].toSorted();
}

function executable(path: string, content: Buffer | string): Entry {
  return { path, mode: 0o100755, content };
}
