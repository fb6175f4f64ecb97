import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';

/**
 * Reads below a folder as if it were `/`. Nothing is ever an error: a file that cannot be read, be it because a device
 * has gone meanwhile or because it is none, is one that is not there.
 */
export interface KernelTree {
  readonly root: string;
  /** Without blanks at its ends; undefined: not there, or empty. */
  text(path: string): string | undefined;
  /** So many bytes of a file from an offset on, or fewer at its end; nothing else of it is read. */
  bytes(path: string, offset: number, length: number): Buffer | undefined;
  /** Names in a folder, sorted. */
  names(path: string): readonly string[];
  /** The same, in no order. */
  entries(path: string): ReadonlySet<string>;
  /** The text of a symbolic link. */
  link(path: string): string | undefined;
}

export function openTree(root: string): KernelTree {
  const tried = <Result>(read: () => Result): Result | undefined => {
    try {
      return read();
    } catch {
      return undefined;
    }
  };
  return {
    root,
    text: (path) => tried(() => readFileSync(root + path, 'utf8').trim()) || undefined,
    bytes: (path, offset, length) => tried(() => readPart(root + path, offset, length)),
    names: (path) => tried(() => readdirSync(root + path).toSorted()) ?? [],
    entries: (path) => new Set(tried(() => readdirSync(root + path))),
    link: (path) => tried(() => readlinkSync(root + path)),
  };
}

function readPart(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(file, buffer, 0, length, offset));
  } finally {
    closeSync(file);
  }
}

/** The last part of a path. */
export function lastOf(path: string | undefined): string | undefined {
  return path === undefined ? undefined : path.slice(path.lastIndexOf('/') + 1) || undefined;
}

/** A number as sysfs writes it, decimal or with `0x`; undefined when it is none, or below 0. */
export function numberIn(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
