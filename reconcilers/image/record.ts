import { z } from 'zod';

import type { TreeEntry } from '../host/tree.ts';
import { traceOf } from './digest.ts';

const Record = z.object({
  format: z.enum(['root', 'oci', 'qcow2', 'raw', 'initramfs']),
  manifest: z.string().optional(),
  /** Of what was pulled: what it was asked for by, and the digest that the registry had under that. */
  pulled: z.object({ reference: z.string(), digest: z.string() }).optional(),
  /** bytes, of all files */
  size: z.number(),
  /** By path: what tells that it was changed. */
  files: z.record(z.string(), z.string()),
  /** By version of a source file: SHA-256 of its contents. */
  sources: z.record(z.string(), z.string()),
});

/** What an image looked like when it was whole, and what it was made of. */
export type ImageRecord = Readonly<z.output<typeof Record>>;

/** Undefined when the text is no record. */
export function readRecord(text: string | undefined): ImageRecord | undefined {
  try {
    return Record.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

/** A record of what an image looks like now. */
export function recordOf(
  entries: readonly TreeEntry[],
  {
    format,
    manifest,
    pulled,
    hashes,
  }: Pick<ImageRecord, 'format' | 'manifest' | 'pulled'> & {
    readonly hashes: ReadonlyMap<string, string>;
  },
): ImageRecord {
  return {
    format,
    manifest,
    pulled,
    size: sizeOf(entries),
    files: Object.fromEntries(entries.map((entry) => [entry.path, traceOf(entry)])),
    sources: Object.fromEntries(hashes),
  };
}

function sizeOf(entries: readonly TreeEntry[]): number {
  return entries.filter(({ type }) => type === 'file').reduce((sum, { size }) => sum + size, 0);
}

/** Something of an image that is not as it was. */
export interface Damage {
  /** Within the image; empty for the image itself. */
  readonly path: string;
  readonly what: 'missing' | 'changed' | 'added';
}

/** How an image differs from what it looked like when it was whole. */
export function damagesOf({ files }: ImageRecord, entries: readonly TreeEntry[]): readonly Damage[] {
  const now = new Map(entries.map((entry) => [entry.path, traceOf(entry)]));
  const gone = Object.keys(files).filter((path) => !now.has(path));
  return [
    ...gone.map((path) => ({ path, what: 'missing' as const })),
    ...[...now].flatMap(([path, trace]): readonly Damage[] => {
      const before = Object.hasOwn(files, path) ? files[path] : undefined;
      if (before === undefined) return [{ path, what: 'added' }];
      return before === trace ? [] : [{ path, what: 'changed' }];
    }),
  ];
}
