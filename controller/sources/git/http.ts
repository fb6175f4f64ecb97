import type { HttpClient } from 'isomorphic-git';

import { unsupported } from './failures.ts';
import { bytesText, tooLarge } from './limits.ts';

/**
 * HTTP for isomorphic-git, with an end: all answers together may not be more than so many bytes, and the signal gives
 * them up. What it rejects with is kept, as isomorphic-git wraps some errors and swallows others.
 */
export function boundedHttp(options: { readonly bytes: number; readonly signal: AbortSignal }): HttpClient & {
  readonly broken: () => unknown;
} {
  let left = options.bytes;
  let broken: unknown;

  async function* counted(url: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      // isomorphic-git does not look for it, and would find no refs that it knows (gitprotocol-capabilities(5)).
      if (url.includes('/info/refs?') && Buffer.from(chunk).includes('object-format=sha256')) {
        broken = unsupported(url, 'object-format=sha256');
        throw broken;
      }
      left -= chunk.byteLength;
      if (left < 0) {
        broken = tooLarge('what the repository sends', bytesText(options.bytes));
        throw broken;
      }
      yield chunk;
    }
  }

  return {
    broken: () => broken,
    async request({ url, method = 'GET', headers = {}, body }) {
      const sent = body === undefined ? undefined : await gathered(body);
      try {
        const answer = await fetch(url, {
          method,
          headers,
          signal: options.signal,
          ...(sent === undefined ? {} : { body: sent }),
        });
        const { status, statusText } = answer;
        return {
          url: answer.url,
          method,
          statusCode: status,
          statusMessage: statusText,
          headers: Object.fromEntries(answer.headers),
          body: counted(url, answer.body ?? empty()),
        };
      } catch (error) {
        broken ??= error;
        throw error;
      }
    },
  };
}

async function gathered(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

async function* empty(): AsyncGenerator<Uint8Array> {}
