import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import * as fs from 'node:fs';
import { join } from 'node:path';

import git from 'isomorphic-git';

import { NovaError } from '../../../schema/errors.ts';
import { unsupported } from './failures.ts';
import { bytesText, type Limits, tooLarge } from './limits.ts';
import type { OfferedRef } from './ref.ts';
import type { Remote } from './remote.ts';

/** A repository on this machine: it is read where it is, and never written. */
export function bareRemote({ path, limits }: { readonly path: string; readonly limits: Limits }): Remote {
  const gitdir = existsSync(join(path, '.git')) ? join(path, '.git') : path;
  return {
    gitdir,
    async offered() {
      refuseOthers(gitdir, path);
      const cache = {};
      const heads = (await git.listBranches({ fs, gitdir })).map((name) => `refs/heads/${name}`);
      const tags = (await git.listTags({ fs, gitdir })).map((name) => `refs/tags/${name}`);
      return Promise.all([...heads, ...tags].map((ref) => offer(gitdir, ref, cache)));
    },
    async fetch() {
      // Packs are read whole.
      const folder = join(gitdir, 'objects/pack');
      const names = existsSync(folder) ? readdirSync(folder) : [];
      for (const name of names.filter((each) => each.endsWith('.pack'))) {
        const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
        if (size > limits.bytes) throw tooLarge(`a pack of ${path}`, bytesText(limits.bytes));
      }
    },
  };
}

async function offer(gitdir: string, ref: string, cache: object): Promise<OfferedRef> {
  const oid = await git.resolveRef({ fs, gitdir, ref });
  if (!ref.startsWith('refs/tags/')) return { ref, oid };
  const { type } = await git.readObject({ fs, gitdir, oid, format: 'parsed', cache });
  if (type !== 'tag') return { ref, oid };
  const { tag } = await git.readTag({ fs, gitdir, oid, cache });
  return { ref, oid, peeled: tag.object };
}

function refuseOthers(gitdir: string, path: string): void {
  if (!existsSync(join(gitdir, 'HEAD')) || !existsSync(join(gitdir, 'objects'))) {
    throw new NovaError('source.missing', `${path} is no git repository`, {
      hint: 'name a bare repository (`git init --bare`), or a folder with one in .git',
    });
  }
  const config = existsSync(join(gitdir, 'config')) ? readFileSync(join(gitdir, 'config'), 'utf8') : '';
  if (/^\s*objectformat\s*=\s*sha256\s*$/im.test(config)) throw unsupported(path, 'objectformat = sha256');
}
