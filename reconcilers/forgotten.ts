import { z } from 'zod';

import type { Address } from '../schema/manifest.ts';

/** Of something that Nova has given up: what it was, which is no claim on it. */
export interface Former {
  readonly project: string;
  readonly address: Address;
}

const start = 'nova:forgotten';

/** What stands in a file in place of the mark of something that Nova has given up. */
export function tombstoneOf({ project, address }: Former): string {
  return `${start} ${JSON.stringify({ project, address })}\n`;
}

export function isTombstone(text: string | undefined): boolean {
  return text?.trim().split(' ')[0] === start;
}

const Written = z.object({
  project: z.string(),
  address: z.templateLiteral([z.enum(['container', 'vm', 'network']), '.', z.string()]),
});

/** What it was; undefined when the text is none, or does not tell. */
export function formerOfTombstone(text: string | undefined): Former | undefined {
  if (text === undefined || !isTombstone(text)) return undefined;
  try {
    return Written.parse(JSON.parse(text.trim().slice(start.length)));
  } catch {
    return undefined;
  }
}
