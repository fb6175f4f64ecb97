import { rename, rm } from 'node:fs/promises';

import type { CommandRunner } from './commandRunner.ts';
import { onFile } from './fileErrors.ts';
import type { Disks } from './host.ts';
import { readDisk } from './viewDisk.ts';

/** Disk images by `qemu-img`. */
export function createDisks(runner: CommandRunner): Disks {
  const run = async (argv: readonly string[]): Promise<void> => {
    await runner.run({ argv: ['qemu-img', ...argv], effect: 'change' });
  };
  return {
    overlay: async ({ path, base, size }) => {
      const { format, size: least } = await onFile(`cannot read ${base}`, () => readDisk(base));
      // One fixed name, so that what a killed run leaves is overwritten.
      const unfinished = `${path}.new`;
      await onFile(`cannot remove ${unfinished}`, () => rm(unfinished, { force: true }));
      const of = ['-b', base, '-F', format];
      await run([
        'create',
        '-q',
        '-f',
        'qcow2',
        ...of,
        '--',
        unfinished,
        String(Math.max(size ?? least, least)),
      ]);
      await onFile(`cannot write ${path}`, () => rename(unfinished, path));
    },
    grow: (path, size) => run(['resize', '-q', '-f', 'qcow2', '--', path, String(size)]),
  };
}
