import type { z } from 'zod';

import type { Role } from '../../stateStore/accessState.ts';

/** Who asks. */
export interface Caller {
  /** `token ci`, `root over the socket` */
  readonly actor: string;
  readonly role: Role;
}

/** What a route is given, each part as its schema reads it. */
export interface Asked {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** One thing that can be asked for; the document and the server are both made of these. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** As `/v1/sources/{name}` */
  readonly path: string;
  /** What a caller has to be at least. */
  readonly role: Role;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Status and shape of a good answer; `text` and `events` and `socket` are no JSON. */
  readonly answer: { readonly status: 200 | 202; readonly schema: z.ZodType } | 'text' | 'events' | 'socket';
  /** Undefined for `events` and `socket`, which have servers of their own. */
  readonly run?: (asked: Asked) => unknown;
}

/** The names in braces of a path, in order. */
export function paramsIn(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

/** Pure: why there is no answer, as an HTTP status. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}
