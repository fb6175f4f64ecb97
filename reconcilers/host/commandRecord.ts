import { appendFileSync } from 'node:fs';

/** A command that is about to run. What it is given on its standard input is not part of it. */
export interface CommandRecord {
  /** Whether it only looks, or may change the host. */
  readonly effect: 'read' | 'change';
  readonly argv: readonly string[];
  /** ms since the epoch */
  readonly at: number;
}

export type Recorder = (record: CommandRecord) => void;

/** Appends one line of JSON per command to the file that NOVA_COMMAND_LOG names; without it, does nothing. */
export function recordToFile(record: CommandRecord): void {
  const file = process.env['NOVA_COMMAND_LOG'];
  if (file !== undefined && file !== '') appendFileSync(file, `${JSON.stringify(record)}\n`);
}
