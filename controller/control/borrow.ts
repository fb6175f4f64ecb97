import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { type ErrorCode, NovaError, toNovaError } from '../../schema/errors.ts';
import type { ByHand } from '../loop/lending.ts';
import { askController } from './client.ts';
import { controlPlace } from './place.ts';

/** A project that a controller has lent to this process. */
export interface Lease {
  /** Gives it back. Not called, as when this process is killed, it is given back all the same, and nothing is remembered. */
  giveBack(done: ByHand | undefined): Promise<void>;
}

/**
 * Asks for the project of a source; resolves when the controller has finished what it had in hand.
 * @param timeout ms to wait for another command that has it
 * @throws NovaError `state.locked` when another command has it, `host.permission`
 */
export async function borrow(stateDirectory: string, source: string, timeout: number): Promise<Lease> {
  const deadline = performance.now() + timeout;
  for (;;) {
    try {
      return await borrowNow(stateDirectory, source);
    } catch (error) {
      if (toNovaError(error).code !== 'state.locked' || performance.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}

/** ms */
const pause = 200;

async function borrowNow(stateDirectory: string, source: string): Promise<Lease> {
  const { socket } = controlPlace(stateDirectory);
  const path = `/v1/sources/${encodeURIComponent(source)}`;
  const asked = request({ socketPath: socket, method: 'POST', path: `${path}/lend` });
  await new Promise<void>((resolve, reject) => {
    asked.once('error', reject);
    asked.once('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('error', () => undefined);
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (answer.statusCode === 200) resolve();
      });
      answer.once('end', () => reject(refusal(Buffer.concat(chunks).toString())));
    });
    asked.end();
  });
  asked.on('error', () => undefined);
  return {
    async giveBack(done) {
      if (done !== undefined) await askController(stateDirectory, 'POST', `${path}/take-back`, done);
      asked.destroy();
    },
  };
}

function refusal(text: string): NovaError {
  const { code, message, hint } = JSON.parse(text) as { code?: ErrorCode; message?: string; hint?: string };
  const words = message ?? `the controller answered ${text}`;
  return new NovaError(code ?? 'internal', words, { hint: hint ?? undefined });
}
