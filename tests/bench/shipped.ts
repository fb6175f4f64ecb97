import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const checkout = resolve(import.meta.dirname, '../..');

/** What is in the package, and nothing else: so it lies where npm installs it. */
const parts = ['dist', 'controller/bin', 'package.json'];

/** A copy of the program as it is installed; `launcher` is what a person starts. */
export interface Shipped extends AsyncDisposable {
  readonly launcher: string;
}

/** `npm run bench` has built it. */
export async function install(): Promise<Shipped> {
  const folder = await mkdtemp(join(tmpdir(), 'nova-bench-'));
  const root = join(folder, 'nova-host');
  for (const part of parts) await cp(join(checkout, part), join(root, part), { recursive: true });
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  return {
    launcher: join(root, 'controller/bin/nova.js'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
