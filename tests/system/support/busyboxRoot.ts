import { cp, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { must } from './shell.ts';

const example = resolve(import.meta.dirname, '../../../examples/two-capsules/make-root.sh');

let made: Promise<string> | undefined;

/** A folder with a root of one static busybox, made once per test file by the example's own script. */
export function busyboxRoot(): Promise<string> {
  made ??= make();
  return made;
}

async function make(): Promise<string> {
  const folder = join(tmpdir(), 'nova-test-busybox');
  const root = join(folder, 'root');
  if (await stat(root).catch(() => undefined)) return root;
  const fresh = await mkdtemp(`${folder}-`);
  await cp(example, join(fresh, 'make-root.sh'));
  await must([join(fresh, 'make-root.sh')]);
  return join(fresh, 'root');
}
