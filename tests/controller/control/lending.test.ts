import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startControl } from '../../../controller/control/server.ts';
import { type Simulation, simulate } from '../loop/simulation.ts';

const file = 'project = "demo"\n[network.lan]\nsubnet = "192.168.90.1/24"\n';

describe('a project of a controller', () => {
  let folder: string;
  let simulation: Simulation;
  let control: { close(): Promise<void> };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nova-lending-'));
    simulation = await simulate();
    const { controller, store, host } = simulation;
    const where = { controller, store, scope: host.scope.id, socket: join(folder, 'control.sock') };
    control = await startControl({ ...where, secrets: () => undefined, listen: undefined, version: '1.2.3' });
    await simulation.push('one', file);
  });
  afterEach(async () => {
    await control.close();
    await simulation.controller.stop();
    rmSync(folder, { recursive: true });
  });

  /** Begins to ask; resolves with the status when the answer begins. */
  function ask(
    path: string,
    said?: unknown,
  ): { readonly sent: ClientRequest; readonly status: Promise<number> } {
    const headers = said === undefined ? {} : { 'content-type': 'application/json' };
    const socketPath = join(folder, 'control.sock');
    const sent = request({ socketPath, method: 'POST', path: `/v1/sources/${path}`, headers });
    const status = new Promise<number>((resolve, reject) => {
      sent.once('error', reject);
      sent.once('response', (answer) => {
        answer.on('error', () => undefined).resume();
        resolve(answer.statusCode ?? 0);
      });
    });
    sent.end(said === undefined ? undefined : JSON.stringify(said));
    return { sent, status };
  }

  const isLent = () => simulation.controller.loops.get('lab')?.lending.lent;

  it('is lent to one who asks, and taken back with what was done', async () => {
    const lent = ask('lab/lend');
    expect(await lent.status).toBe(200);
    expect(isLent()).toBe(true);
    expect(await ask('lab/lend').status).toBe(503);
    expect(await ask('lab/take-back', { did: 'stop', addresses: ['network.lan'] }).status).toBe(200);
    expect(isLent()).toBe(false);
    // That it goes away takes nothing from who comes next.
    const next = ask('lab/lend');
    expect(await next.status).toBe(200);
    lent.sent.once('error', () => undefined).destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isLent()).toBe(true);
    next.sent.once('error', () => undefined).destroy();
    expect(simulation.store.sources(simulation.host.scope.id)[0]?.held).toBe('["network.lan"]');
  });

  it('is taken back from who goes away', async () => {
    const lent = ask('lab/lend');
    await lent.status;
    lent.sent.once('error', () => undefined).destroy();
    await simulation.eventually(() => isLent() === false);
    expect(isLent()).toBe(false);
    expect(simulation.store.sources(simulation.host.scope.id)[0]?.held).toBeUndefined();
  });

  it('is not lent when there is none of that name, nor taken back with nonsense', async () => {
    expect(await ask('other/lend').status).toBe(404);
    expect(await ask('other/take-back', { did: 'destroy' }).status).toBe(404);
    expect(await ask('lab/take-back', { did: 'explode' }).status).toBe(400);
    expect(isLent()).toBe(false);
  });
});
