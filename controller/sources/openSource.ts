import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isAbsolute, resolve } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import type { Choices } from '../../schema/files.ts';
import type { SourceSettings } from './settings.ts';
import type { Source } from './source.ts';

/** What a source needs of the controller that follows it. */
export interface SourcePlace {
  /** Where checkouts and contents are kept. */
  readonly folder: string;
  /** Manifests that may be applied (again), in JSON. */
  readonly inUse: () => readonly string[];
  /** How NovaFiles are read. */
  readonly choices: Choices;
  /** Makes hashes of secrets last. */
  readonly key?: () => Promise<unknown>;
}

/**
 * Makes a source as it is set; what it needs is loaded only then. Nothing is read yet.
 * @throws NovaError `usage`
 */
export async function openSource(settings: SourceSettings, place: SourcePlace): Promise<Source> {
  const { name, from, interval } = settings;
  if (from.kind === 'folder') {
    const { folderSource } = await import('./folder.ts');
    const { choices, key } = place;
    return folderSource({
      name,
      path: from.path,
      interval: interval ?? 60_000,
      choices,
      ...(key && { key }),
    });
  }
  const { parseRef } = await import('./git/ref.ts');
  const { gitSource } = await import('./git/gitSource.ts');
  const { limits, trust } = from;
  const common = { name, path: from.path, interval: interval ?? 30_000, limits, trust, ...place };
  const ref = parseRef(from.ref);
  return gitSource({ ...common, url: from.repo, ref, remote: await remoteOf(from, place.folder) });
}

async function remoteOf(
  { repo, limits, username, tokenFile }: Extract<SourceSettings['from'], { kind: 'git' }>,
  folder: string,
) {
  const gitdir = `${folder}/repository`;
  if (/^https?:\/\//.test(repo)) {
    if (new URL(repo).password !== '') {
      throw new NovaError('usage', 'the address of a repository holds a password', {
        hint: 'put it into a file that only root can read, and name that with token_file or --token-file',
      });
    }
    const { httpRemote } = await import('./git/httpRemote.ts');
    const credentials = () =>
      tokenFile === undefined ? undefined : { username, password: readFileSync(tokenFile, 'utf8').trim() };
    return httpRemote({ url: repo, gitdir, limits, credentials });
  }
  if (repo.startsWith('file://') || isAbsolute(repo) || repo.startsWith('.')) {
    const { bareRemote } = await import('./git/bareRemote.ts');
    const path = repo.startsWith('file://') ? fileURLToPath(repo) : resolve(repo);
    return bareRemote({ path, limits });
  }
  if (!/^ssh:\/\/[^-]|^[A-Za-z0-9_.-]+@[A-Za-z0-9.:_[\]-]+:/.test(repo)) {
    throw new NovaError('usage', `\`${repo}\` is no address of a repository`, {
      hint: 'write https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH, or the path of a bare repository',
    });
  }
  const { sshRemote } = await import('./git/sshRemote.ts');
  return sshRemote({ url: repo, gitdir, limits });
}
