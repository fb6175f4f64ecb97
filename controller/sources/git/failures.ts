import { NovaError } from '../../../schema/errors.ts';

/** What went wrong with a repository, in the words of whoever has to mend it. */
export function sourceFailure(thrown: unknown, url: string): NovaError {
  if (thrown instanceof NovaError) return thrown;
  const status = statusIn(thrown);
  const words = thrown instanceof Error ? reasonOf(thrown) : String(thrown);
  if (status === 401 || status === 403 || codeIn(thrown) === 'UserCanceledError') {
    return new NovaError(
      'source.denied',
      `${url} does not let us in (${status ?? 'it asks for a password'})`,
      {
        hint: 'see that the token is right and has not expired; the file is read anew each time',
        cause: thrown,
      },
    );
  }
  if (status === 404) {
    return new NovaError('source.missing', `there is no repository at ${url}, or it is hidden from us`, {
      hint: 'see that the address is right; a private repository needs a token',
      cause: thrown,
    });
  }
  if (/object.?format|sha256/i.test(words)) return unsupported(url, words);
  return new NovaError('source.unreachable', `${url} cannot be read: ${words}`, {
    hint: 'it is tried again by itself; what was applied last stays',
    cause: thrown,
  });
}

export function unsupported(url: string, why: string): NovaError {
  return new NovaError('source.unsupported', `${url}: its objects are named by SHA-256 (${why})`, {
    hint: 'follow a repository with SHA-1 names: `git init --object-format=sha1`',
  });
}

function reasonOf(error: Error): string {
  const cause = error.cause instanceof Error ? `: ${reasonOf(error.cause)}` : '';
  if (error.name === 'TimeoutError') return 'it took too long';
  return `${error.message}${cause}`;
}

function codeIn(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
}

function statusIn(thrown: unknown): number | undefined {
  if (codeIn(thrown) !== 'HttpError' || typeof thrown !== 'object' || thrown === null) return undefined;
  const data = 'data' in thrown ? thrown.data : undefined;
  return typeof data === 'object' &&
    data !== null &&
    'statusCode' in data &&
    typeof data.statusCode === 'number'
    ? data.statusCode
    : undefined;
}
