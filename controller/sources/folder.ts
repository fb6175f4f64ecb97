import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { readProject } from '../project.ts';
import type { Source } from './source.ts';
import { refuseSecrets } from './withoutSecrets.ts';

/** A NovaFile, or the folder that holds one; it is read when it is written. */
export async function folderSource(options: {
  readonly name: string;
  readonly path: string;
  readonly interval: number;
}): Promise<Source> {
  const { watch } = await import('chokidar');
  const path = resolve(options.path);
  const file =
    statSync(path, { throwIfNoEntry: false })?.isFile() === true ? path : join(path, 'NovaFile.toml');
  return {
    name: options.name,
    about: `folder ${dirname(file)}`,
    interval: options.interval,
    async read(known) {
      const { text, manifest, issues } = await readProject(file);
      const revision = `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
      if (revision === known) return undefined;
      const refused = manifest === undefined ? [] : refuseSecrets(manifest);
      if (refused.length > 0) return { revision, commit: undefined, manifest: undefined, issues: refused };
      return { revision, commit: undefined, manifest, issues };
    },
    watch(changed) {
      // Of the folder, as editors put another file in the place of the old one; what else is in it does not matter.
      const watcher = watch(dirname(file), {
        depth: 0,
        ignoreInitial: true,
        ignored: (other) => other !== file && other !== dirname(file),
      });
      watcher.on('all', () => changed());
      // A folder that goes away is told by the next look.
      watcher.on('error', () => changed());
      return { close: () => watcher.close() };
    },
  };
}
