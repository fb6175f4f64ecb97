import { NovaError } from '../schema/errors.ts';

/**
 * What SQLite or the filesystem said about the file at `path`, as a NovaError: `host.full`, `state.unwritable`,
 * `state.damaged` or `state.locked`. Anything unforeseen is returned as it is.
 */
export function stateFailure(thrown: unknown, path: string): unknown {
  if (thrown instanceof NovaError) return thrown;
  const kind = failureOf(thrown);
  if (kind === undefined) return thrown;
  return new NovaError(kind, `${path}: ${messages[kind]} (${wordsOf(thrown)})`, {
    hint: hints[kind](path),
    cause: thrown,
  });
}

/** Whether another connection holds the lock that this one needs. */
export function isBusy(thrown: unknown): boolean {
  return failureOf(thrown) === 'state.locked';
}

type Failure = 'host.full' | 'state.unwritable' | 'state.damaged' | 'state.locked';

const messages: Record<Failure, string> = {
  'host.full': 'there is no space left to keep the state in',
  'state.unwritable': 'the state cannot be written',
  'state.damaged': 'this is not a state database, or it is damaged',
  'state.locked': 'another process is writing the state and did not finish in time',
};

const hints: Record<Failure, (path: string) => string> = {
  'host.full': () => 'Make room on that filesystem, or choose another folder with --state-dir.',
  'state.unwritable': () =>
    'Check that the folder exists on a writable filesystem and that you may write there, or choose another with --state-dir.',
  'state.damaged': (path) =>
    `Move ${path} and its -wal and -shm away and run again: history is lost, control is not, everything is found again by its marks.`,
  'state.locked': (path) => `Wait for it and run again, or see who has it open: fuser -v ${path}`,
};

/** Primary result codes of SQLite: https://sqlite.org/rescode.html */
const byResultCode: Record<number, Failure> = {
  1: 'state.damaged', // a table or column of ours is not there
  3: 'state.unwritable',
  5: 'state.locked',
  6: 'state.locked',
  8: 'state.unwritable',
  10: 'state.unwritable',
  11: 'state.damaged',
  13: 'host.full',
  14: 'state.unwritable',
  23: 'state.unwritable',
  26: 'state.damaged',
};

/** SQLITE_IOERR_SHMSIZE: the -shm file could not be given its size, which is how a full disk may show itself. */
const shmSize = 10 | (19 << 8);

const byErrno: Record<string, Failure> = {
  ENOSPC: 'host.full',
  EDQUOT: 'host.full',
  EROFS: 'state.unwritable',
  EACCES: 'state.unwritable',
  EPERM: 'state.unwritable',
  ENOTDIR: 'state.unwritable',
  EEXIST: 'state.unwritable',
  EISDIR: 'state.unwritable',
  ELOOP: 'state.unwritable',
  ENOENT: 'state.unwritable',
  EIO: 'state.unwritable',
};

function failureOf(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  if (thrown.code === 'ERR_SQLITE_ERROR' && 'errcode' in thrown && typeof thrown.errcode === 'number') {
    return thrown.errcode === shmSize ? 'host.full' : byResultCode[thrown.errcode & 0xff];
  }
  return typeof thrown.code === 'string' ? byErrno[thrown.code] : undefined;
}

function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
