import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { Choices } from '../../schema/files.ts';
import { localFiles } from '../project.ts';
import { readWhole } from './readWhole.ts';
import { type RecordedFiles, recordedFiles } from './recordedFiles.ts';
import type { Source } from './source.ts';

/** A NovaFile, or the folder that holds one; it is read when it is written. */
export async function folderSource(options: {
  readonly name: string;
  readonly path: string;
  readonly interval: number;
  /** What is chosen of the NovaFile. */
  readonly choices?: Choices;
  /** Makes hashes of secrets last; called where there are any. */
  readonly key?: () => Promise<unknown>;
}): Promise<Source> {
  const { watch } = await import('chokidar');
  const path = resolve(options.path);
  const file =
    statSync(path, { throwIfNoEntry: false })?.isFile() === true ? path : join(path, 'NovaFile.toml');
  // The NovaFile and what it includes; other files in their folders may be included next.
  let files: ReadonlySet<string> = new Set([file]);
  let folders: ReadonlySet<string> = new Set([dirname(file)]);
  let follow = (): void => undefined;
  let before: { readonly revision: string; readonly files: RecordedFiles } | undefined;
  return {
    name: options.name,
    about: `folder ${dirname(file)}`,
    interval: options.interval,
    async read({ known }) {
      if (before !== undefined && before.revision === known && before.files.unchanged()) return undefined;
      const recorded = recordedFiles(localFiles);
      const { texts, manifest, issues, secrets, secretFiles } = await readWhole(
        file,
        options.choices,
        options.key,
        recorded,
      );
      files = new Set([file, ...[...texts.keys()].map((shown) => resolve(shown)), ...secretFiles]);
      folders = new Set([...files].map((each) => dirname(each)));
      follow();
      // Another value of a secret is another revision; hashes of values are keyed.
      const whole = secrets.length === 0 ? [...texts] : [...texts, secrets, issues];
      const hash = createHash('sha256').update(JSON.stringify(whole));
      const revision = `sha256:${hash.digest('hex').slice(0, 16)}`;
      // Values of secrets may change where no file of these does.
      before = secrets.length === 0 ? { revision, files: recorded } : undefined;
      return revision === known ? undefined : { revision, commit: undefined, manifest, issues };
    },
    watch(changed) {
      // Of the folders, as editors put another file in the place of the old one; what else is in it does not matter.
      const watcher = watch([...folders], {
        depth: 0,
        ignoreInitial: true,
        ignored: (other) => !files.has(other) && !folders.has(other) && !other.endsWith('.toml'),
      });
      follow = () => void watcher.add([...folders]);
      watcher.on('all', () => changed());
      // A folder that goes away is told by the next look.
      watcher.on('error', () => changed());
      return { close: () => watcher.close() };
    },
  };
}
