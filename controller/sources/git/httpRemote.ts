import { existsSync, rmSync } from 'node:fs';
import * as fs from 'node:fs';

import git, { type AuthCallback } from 'isomorphic-git';

import { sourceFailure } from './failures.ts';
import { boundedHttp } from './http.ts';
import type { Limits } from './limits.ts';
import type { Credentials, Remote } from './remote.ts';

/** A repository behind HTTP or HTTPS, kept as a bare repository of our own. */
export function httpRemote(options: {
  readonly url: string;
  readonly gitdir: string;
  readonly limits: Limits;
  readonly credentials: () => Credentials | undefined;
}): Remote {
  const { url, gitdir, limits, credentials } = options;

  async function ask<T>(
    signal: AbortSignal,
    work: (http: ReturnType<typeof boundedHttp>, auth: AuthCallbacks) => Promise<T>,
  ): Promise<T> {
    const http = boundedHttp({
      bytes: limits.bytes,
      signal: AbortSignal.any([signal, AbortSignal.timeout(limits.time)]),
    });
    const onAuth: AuthCallback = () => credentials() ?? { cancel: true };
    try {
      return await work(http, { onAuth, onAuthFailure: () => ({ cancel: true }) });
    } catch (error) {
      throw sourceFailure(http.broken() ?? error, url);
    }
  }

  return {
    gitdir,
    forget: () => rmSync(gitdir, { recursive: true, force: true }),
    offered: (signal) =>
      ask(signal, async (http, auth) => {
        const refs = await git.listServerRefs({ http, ...auth, url, prefix: 'refs/', peelTags: true });
        return refs.map(({ ref, oid, peeled }) => ({ ref, oid, peeled }));
      }),
    fetch: ({ ref, oid }, signal, whole = false) =>
      ask(signal, async (http, auth) => {
        const fresh = !existsSync(`${gitdir}/HEAD`);
        if (fresh) await git.init({ fs, gitdir, bare: true, defaultBranch: 'none' });
        await git.addRemote({ fs, gitdir, remote: 'origin', url, force: true });
        await git.fetch({
          fs,
          http,
          ...auth,
          gitdir,
          remote: 'origin',
          remoteRef: ref ?? oid,
          singleBranch: true,
          tags: false,
          // The first time nobody needs what came before; later what lies between is needed to see that it goes forward.
          ...(fresh && !whole ? { depth: 1 } : {}),
          ...(whole ? { depth: 2 ** 31 - 1 } : {}),
        });
      }),
  };
}

interface AuthCallbacks {
  readonly onAuth: AuthCallback;
  readonly onAuthFailure: AuthCallback;
}
