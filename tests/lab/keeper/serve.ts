import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Booting } from '../machine/boot.ts';
import type { Qmp, QmpEvent } from '../machine/qmp.ts';
import type { Agent } from './agent.ts';
import type { Serve } from './broker.ts';
import { keepConsole } from './console.ts';

/** What each request does. */
export function createServe(machine: Booting, agent: Agent, qmp: Qmp): Serve {
  return async (request, signal) => {
    switch (request.do) {
      case 'qmp':
        return await qmp.execute(request.command, request.parameters);
      case 'event':
        return await happened(qmp, request.name, request.data, request.timeout, signal);
      case 'console':
        return machine.console();
      case 'keepConsole':
        return keepConsole(machine.console());
      case 'run':
      case 'nova':
      case 'leave':
      case 'read':
      case 'list':
      case 'write':
      case 'remove':
      case 'cancel':
      case 'state':
      case 'gone':
        return await agent.ask(request, signal);
    }
  };
}

async function happened(
  { events }: Qmp,
  name: string,
  data: object,
  timeout: number,
  signal: AbortSignal,
): Promise<QmpEvent> {
  const deadline = performance.now() + timeout;
  const fits = (event: QmpEvent) =>
    event.event === name &&
    Object.entries(data).every(([key, value]) => isDeepStrictEqual(event.data?.[key], value));
  while (performance.now() < deadline && !signal.aborted) {
    const found = events.find(fits);
    if (found !== undefined) return found;
    await sleep(20);
  }
  const names = events.map(({ event }) => event).join(', ') || 'nothing';
  throw new Error(`${name} did not happen within ${timeout / 1000} s; there was ${names}`);
}
