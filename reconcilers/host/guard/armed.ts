import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { LinkCommand } from '../host.ts';
import type { Witness } from '../uplinksPort.ts';
import type { KnownLink } from './fence.ts';

/** What a guard was armed with. */
export interface Armed {
  /** Inode of the network namespace that it is for. */
  readonly namespace: number;
  readonly links: readonly KnownLink[];
  readonly undo: readonly LinkCommand[];
  readonly witnesses: readonly Witness[];
  /** ms for the answers */
  readonly timeout: number;
  /** Cgroup of what Nova has at work: it goes on when Nova has ended, and is ended before anything is taken back. */
  readonly work: string;
  /** The Nova that armed it: with its start time a pid names a process for good. */
  readonly nova: { readonly pid: number; readonly startTime: number };
}

/** What Nova asks of a guard: the change is made, or is not going to be. */
export type Asked = 'made' | 'abandoned';

/**
 * How far a guard is. `armed`: waits for the change. `silent`, `refused`: nothing was to be changed, and why. `good`: the change stands. `undone`: it does not, and why.
 */
export interface Said {
  readonly state: 'armed' | 'silent' | 'refused' | 'good' | 'undone';
  readonly why?: string;
}

/** The three files by which Nova and a guard meet. Each has one writer, and is whole at every moment. */
export function guardFiles(folder: string): { armed: string; asked: string; said: string } {
  return { armed: join(folder, 'armed.json'), asked: join(folder, 'asked'), said: join(folder, 'said.json') };
}

/** Undefined when there is none. */
export function readArmed(folder: string): Armed | undefined {
  return readJson<Armed>(guardFiles(folder).armed);
}

export function readSaid(folder: string): Said | undefined {
  return readJson<Said>(guardFiles(folder).said);
}

export function say(folder: string, said: Said): void {
  writeWhole(guardFiles(folder).said, `${JSON.stringify(said)}\n`);
}

export function ask(folder: string, asked: Asked): void {
  writeWhole(guardFiles(folder).asked, asked);
}

export function readAsked(folder: string): string | undefined {
  const { asked } = guardFiles(folder);
  return existsSync(asked) ? readFileSync(asked, 'utf8') : undefined;
}

function readJson<Content>(path: string): Content | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Content) : undefined;
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
