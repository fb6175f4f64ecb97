import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { request as secureRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Control, type ControlOptions, startControl } from '../../../controller/control/server.ts';
import { announcing } from '../../../controller/loop/announcing.ts';
import { createMetrics } from '../../../controller/metrics/metrics.ts';
import { createMemoryStore } from '../../../stateStore/memory.ts';
import { type Simulation, simulate } from '../loop/simulation.ts';
import { simulatedClock } from '../loop/simulatedClock.ts';

export const file = (...names: readonly string[]): string =>
  [
    'project = "demo"\n',
    ...names.map((name, index) => `[network.${name}]\nsubnet = "192.168.${90 + index}.1/24"\n`),
  ].join('');

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A controller on a host in memory, with its control socket. */
export interface ServedWorld extends AsyncDisposable {
  readonly simulation: Simulation;
  readonly socket: string;
  readonly folder: string;
  readonly control: Control;
  ask(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Answer>;
}

export async function serve(more: Partial<ControlOptions> = {}): Promise<ServedWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'nova-api-'));
  const socket = join(folder, 'control.sock');
  const clock = simulatedClock();
  const { store, listen } = announcing(createMemoryStore({ clock }));
  const ran: { controller?: Simulation['controller'] } = {};
  const metrics = createMetrics({ version: '1.2.3', store, controller: () => ran.controller });
  listen(metrics.told);
  const simulation = await simulate({ store, clock, passed: metrics.passed });
  ran.controller = simulation.controller;
  const control = await startControl({
    controller: simulation.controller,
    store,
    scope: simulation.host.scope.id,
    socket,
    secrets: () => undefined,
    listen: undefined,
    version: '1.2.3',
    metrics,
    ...more,
  });
  listen(() => control.told());
  return {
    simulation,
    socket,
    folder,
    control,
    ask: (method, path, body, headers = {}) => send({ socketPath: socket, method, path, headers }, body),
    async [Symbol.asyncDispose]() {
      await control.close();
      await simulation.controller.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

type Sent = Omit<RequestOptions, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };

/** One request, with `https` where a certificate is trusted. The answer of a stream is its head alone. */
export function send(options: Sent, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const begin = options.ca === undefined ? request : secureRequest;
    const sent = begin(
      { ...options, headers: { 'content-length': Buffer.byteLength(body), ...options.headers } },
      (answer) => {
        const { statusCode: status = 0, headers } = answer;
        if (headers['content-type'] === 'text/event-stream') {
          sent.destroy();
          return resolve({ status, headers, text: '' });
        }
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.once('error', reject);
        answer.once('end', () => resolve({ status, headers, text }));
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
