import type { SQLOutputValue } from 'node:sqlite';

import { NovaError } from '../schema/errors.ts';
import type { Address } from '../schema/manifest.ts';
import type { Outcome } from './stateStore.ts';

/** One row as SQLite gives it. */
export type Row = Record<string, SQLOutputValue>;

/** The readers of a column: each returns its type, or throws `state.damaged` when something else is there. */
export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : wrong(column, value);
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  return typeof value === 'number' ? value : wrong(column, value);
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

export function address(row: Row, column: string): Address {
  const value = text(row, column);
  return isAddress(value) ? value : wrong(column, value);
}

export function outcome(row: Row, column: string): Outcome | undefined {
  const value = optionalText(row, column);
  if (value === undefined || value === 'done' || value === 'failed' || value === 'settled') return value;
  return wrong(column, value);
}

/** One of a few words. */
export function oneOf<T extends string>(row: Row, column: string, words: readonly T[]): T {
  const value = text(row, column);
  return words.find((word) => word === value) ?? wrong(column, value);
}

/** Kinds that only a newer Nova knows are let through: what is remembered of them is still true. */
function isAddress(value: string): value is Address {
  return /^[a-z]+\../.test(value);
}

function wrong(column: string, value: unknown): never {
  throw new NovaError('state.damaged', `the state database holds ${JSON.stringify(value)} as ${column}`, {
    hint: 'Move the database away and run again: history is lost, control is not, everything is found again by its marks.',
  });
}
