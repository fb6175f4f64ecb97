/** One request, as a forge or a chat wants it. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON when it is an object. */
  readonly body?: string | Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Why something was not told: `again` says whether it makes sense to try. Nothing in it holds an address or a token. */
export class Undelivered extends Error {
  readonly again: boolean;

  constructor(message: string, again: boolean) {
    super(message);
    this.again = again;
  }
}

/** ms */
const patience = 15_000;
/** bytes of an answer that are read */
const longest = 8 * 1024 * 1024;

/** @throws Undelivered for what cannot be reached or refuses; 404 and 400 are answers */
export async function call({ method, url, headers = {}, body }: Call): Promise<Reply> {
  const isJson = typeof body === 'object';
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method,
      headers: {
        'user-agent': 'nova',
        ...(isJson ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
      // A token is not taken anywhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    });
    text = await bounded(answer);
  } catch (cause) {
    const { code, name } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException;
    throw new Undelivered(`it cannot be reached (${code ?? name})`, true);
  }
  const { status } = answer;
  if (status === 400 || status === 404 || status === 422 || (status >= 200 && status < 300))
    return { status, body: parsed(text) };
  const again = status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;
  throw new Undelivered(`it answered ${status}`, again);
}

async function bounded({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > longest) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
