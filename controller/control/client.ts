import { request } from 'node:http';
import { userInfo } from 'node:os';

import { NovaError } from '../../schema/errors.ts';
import { controlPlace } from './place.ts';

/** What a controller answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** ms */
const patience = 10_000;

/**
 * Asks the controller of a state folder; undefined when none runs.
 * @throws NovaError `host.permission`, `host.timeout`
 */
export function askController(
  stateDirectory: string,
  method: 'GET' | 'POST',
  path: string,
  said?: unknown,
): Promise<Answer | undefined> {
  const { socket } = controlPlace(stateDirectory);
  const headers = {
    'nova-user': process.env['SUDO_USER'] ?? userInfo().username,
    ...(said === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: socket, method, path, headers, timeout: patience }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: answer.statusCode ?? 0,
          body: text === '' ? undefined : (JSON.parse(text) as unknown),
        });
      });
    });
    sent.once('timeout', () => sent.destroy(slow(socket)));
    sent.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(error.code === 'EACCES' ? forbidden(socket, error) : error);
    });
    sent.end(said === undefined ? undefined : JSON.stringify(said));
  });
}

/**
 * As {@link askController}, where one has to run.
 * @throws NovaError `usage` when none runs or it refuses; `plan.stale` when what was agreed to is not what waits
 */
export async function tellController(stateDirectory: string, path: string, said?: unknown): Promise<string> {
  const answer = await askController(stateDirectory, 'POST', path, said);
  if (answer === undefined) {
    throw new NovaError('usage', `no controller runs for ${stateDirectory}`, {
      hint: 'start one with `nova watch` or `nova controller`, or name its folder with --state-dir',
    });
  }
  const { status } = answer;
  const body = (answer.body ?? {}) as { code?: unknown; message?: unknown; hint?: unknown };
  const words = typeof body.message === 'string' ? body.message : `status ${status}`;
  if (status < 400) return words;
  const stale = body.code === 'plan.stale';
  const hint = stale && typeof body.hint === 'string' ? body.hint : '`nova status` lists the sources';
  throw new NovaError(stale ? 'plan.stale' : 'usage', words, { hint });
}

function slow(socket: string): NovaError {
  return new NovaError('host.timeout', `the controller behind ${socket} does not answer`, {
    hint: 'see what it does: its log, or ps',
  });
}

function forbidden(socket: string, cause: unknown): NovaError {
  return new NovaError('host.permission', `${socket} is not yours to use`, { hint: 'use sudo', cause });
}
