import { NovaError } from '../../../schema/errors.ts';

/** How much of a repository is taken in. */
export interface Limits {
  /** bytes of one transfer, and of all files of a commit */
  readonly bytes: number;
  readonly files: number;
  /** bytes of one file */
  readonly fileBytes: number;
  /** ms for everything */
  readonly time: number;
}

export const defaultLimits: Limits = {
  bytes: 64 * 1024 * 1024,
  files: 10_000,
  fileBytes: 16 * 1024 * 1024,
  time: 60_000,
};

export function tooLarge(what: string, limit: string): NovaError {
  return new NovaError('source.too-large', `${what} is more than ${limit}`, {
    hint: 'take large files out of the repository, or raise the limit of the source',
  });
}

/** `64 MiB` */
export function bytesText(bytes: number): string {
  const mebibytes = bytes / 1024 / 1024;
  return mebibytes >= 1 ? `${Math.round(mebibytes * 10) / 10} MiB` : `${bytes} bytes`;
}
