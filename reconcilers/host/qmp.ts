import { errorCode } from './fileErrors.ts';
import type { Qmp } from './host.ts';
import { NovaError } from '../../schema/errors.ts';
import { connectQmp, type QmpClient } from './qmpClient.ts';

/** ms in which a QEMU that is well answers, however busy the machine */
const patience = 500;

/**
 * Run state of the QEMU behind a socket; undefined when nobody answers in time. One that has only just been started has
 * no socket yet.
 */
export async function queryStatus(path: string): Promise<string | undefined> {
  const began = performance.now();
  const deadline = began + patience;
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0) return undefined;
    try {
      return await withClient(path, left, async (client) => {
        const answer = await client.execute(
          { execute: 'query-status' },
          Math.max(1, deadline - performance.now()),
        );
        return statusIn(answer);
      });
    } catch (error) {
      if (!isNotYet(error)) return undefined;
    }
    // A pause is a part of what was waited already: so little is lost of a start, and little is asked in vain.
    const pause = Math.min(50, Math.max(2, (performance.now() - began) / 8));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

export const localQmp: Qmp = {
  run: (path, commands, timeout) =>
    withClient(path, timeout, async (client) => {
      for (const command of commands) await client.execute(command, timeout);
    }),
};

async function withClient<T>(
  path: string,
  timeout: number,
  use: (client: QmpClient) => Promise<T>,
): Promise<T> {
  const client = await connectQmp(path, timeout);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

function statusIn(answer: unknown): string | undefined {
  const status =
    typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : undefined;
  return typeof status === 'string' ? status : undefined;
}

function isNotYet(error: unknown): boolean {
  const cause = error instanceof NovaError ? error.cause : error;
  return ['ENOENT', 'ECONNREFUSED'].includes(errorCode(cause) ?? '');
}
