import { createHash } from 'node:crypto';

import type { Files } from '../../schema/files.ts';

/** Files that were read, and whether they are still what they were. */
export interface RecordedFiles extends Files {
  /** Whether everything that was asked for would be answered the same now. */
  unchanged(): boolean;
}

/** Remembers what is asked for, and of each answer a hash: what was made of the same answers is the same. */
export function recordedFiles(files: Files): RecordedFiles {
  const asked: { readonly again: () => unknown; readonly hash: string }[] = [];
  const recorded = <Answer>(ask: () => Answer): Answer => {
    const answer = ask();
    asked.push({ again: ask, hash: hashOf(answer) });
    return answer;
  };
  return {
    read: (path) => recorded(() => files.read(path)),
    match: (pattern) => recorded(() => files.match(pattern)),
    unchanged: () => asked.every(({ again, hash }) => hashOf(again()) === hash),
  };
}

function hashOf(answer: unknown): string {
  return createHash('sha256').update(JSON.stringify(answer)).digest('base64');
}
