import { NovaError } from '../../schema/errors.ts';
import { wordsOf } from '../../schema/unforeseen.ts';

/** The system's code of a thrown error, as `ENOENT`. */
export function errorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** Whether it says that a file (or a process, under /proc) is not there. */
export function isAbsence(thrown: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ESRCH'].includes(errorCode(thrown) ?? '');
}

/** What went wrong with a file, as `host.full`, `host.permission` or `host.file`. */
export function fileError(what: string, thrown: unknown): NovaError {
  if (thrown instanceof NovaError) return thrown;
  const code = errorCode(thrown);
  const why = (code === undefined ? undefined : reasons[code]) ?? wordsOf(thrown);
  const message = `${what}: ${why}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new NovaError('host.full', message, {
      hint: 'make room on the disk, then run again',
      cause: thrown,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const hint = 'run Nova as root, and see that the filesystem is mounted writable';
    return new NovaError('host.permission', message, { hint, cause: thrown });
  }
  return new NovaError('host.file', message, {
    hint: 'see what is at that path, then run again',
    cause: thrown,
  });
}

/** Runs work on a file; what goes wrong is told as {@link fileError}. */
export async function onFile<Result>(what: string, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileError(what, error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the filesystem is read-only',
  EBUSY: 'it is in use',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'something is there already',
  ENOTEMPTY: 'the folder is not empty',
};
