import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Scope } from '../reconcilers/identity.ts';

/** What is remembered of the machine; with `.tmp` half written, when its writer was killed. */
const files = ['accelerator.json', 'accelerator.json.tmp'];

/** What stands in a scope's runtime folder without belonging to a resource: nobody's loss when nothing else is there. */
const incidental: ReadonlySet<string> = new Set([...files, 'runtime', 's', 'containers', 'networks', 'vms']);

/** Takes the runtime folder of a scope away when no resource and no other run has anything in it. */
export function tidyRunFolder({ run }: Scope): void {
  const names = list(run);
  if (names === undefined || !names.every((name) => incidental.has(name))) return;
  const folders = names.filter((name) => !files.includes(name));
  if (folders.some((name) => (list(join(run, name)) ?? []).length > 0)) return;
  for (const file of files) rmSync(join(run, file), { force: true });
  for (const folder of [...folders.map((name) => join(run, name)), run, dirname(run)]) removeIfEmpty(folder);
}

function list(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

/** Another run may have put something there this moment: then it stays. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'ENOENT', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
