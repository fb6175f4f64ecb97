import { NovaError } from '../../schema/errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A tool's JSON; throws `host.unknown` when it is none. */
export function parseJson(tool: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NovaError('host.unknown', `${tool} printed what is not JSON`, {
      hint: 'run the same command again',
      cause,
    });
  }
}

/*
 * Checks by hand: a thousand links are 1.4 MB of JSON, of which a few fields are wanted.
 */

export function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
