import { createHmac } from 'node:crypto';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startControl } from '../../../controller/control/server.ts';
import { keepFromOutput } from '../../../controller/secrets/redact.ts';
import { sensitive } from '../../../schema/sensitive.ts';
import { type Simulation, simulate } from '../loop/simulation.ts';

const file = (...names: readonly string[]): string =>
  [
    'project = "demo"\n',
    ...names.map((name, index) => `[network.${name}]\nsubnet = "192.168.${90 + index}.1/24"\n`),
  ].join('');

describe('the control socket', () => {
  let folder: string;
  let socket: string;
  let simulation: Simulation;
  let control: { close(): Promise<void> };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nova-control-'));
    socket = join(folder, 'control.sock');
    simulation = await simulate();
    const { controller, store, host } = simulation;
    control = await startControl({
      controller,
      store,
      scope: host.scope.id,
      socket,
      secrets: () => 'secret',
      listen: undefined,
      version: '1.2.3',
    });
  });
  afterEach(async () => {
    await control.close();
    await simulation.controller.stop();
    rmSync(folder, { recursive: true });
  });

  const ask = (
    method: string,
    path: string,
    { body = '', headers = {} }: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> =>
    new Promise((resolve, reject) => {
      const sent = request({ socketPath: socket, method, path, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
      });
      sent.once('error', reject);
      sent.end(body);
    });

  it('is for root and its group alone', () => {
    expect(statSync(socket).mode & 0o777).toBe(0o660);
  });

  it('tells nothing to who may not open it, not even a name', async () => {
    chmodSync(folder, 0o755);
    const argv = ['--silent', '--unix-socket', socket, 'http://nova/v1/sources'];
    // Its exit status 7: it could not connect (curl(1)).
    const asked = (uid: number) =>
      new Promise<readonly [code: number | null, said: string]>((resolve) => {
        const child = spawn('curl', argv, { uid, gid: uid, stdio: ['ignore', 'pipe', 'ignore'] });
        let said = '';
        child.stdout.setEncoding('utf8').on('data', (piece: string) => (said += piece));
        child.once('close', (code) => resolve([code, said]));
      });
    expect(await asked(0)).toEqual([0, expect.stringContaining('"sources"')]);
    expect(await asked(65_534)).toEqual([7, '']);
  });

  it('writes down who agreed to what', async () => {
    await simulation.push('one', file('a', 'b'));
    await simulation.push('two', file('a'));
    const plan = simulation.controller.loops.get('lab')?.recorder.plan;
    await ask('POST', '/v1/sources/lab/approve', { headers: { 'nova-user': 'alice' } });
    await ask('POST', '/v1/sources/lab/take-back', {
      body: JSON.stringify({ did: 'stop', addresses: ['container.web'] }),
      headers: { 'content-type': 'application/json' },
    });
    const entries = simulation.store.audit({ limit: 9 });
    expect(entries).toMatchObject([
      { actor: 'alice over the socket', action: 'approve', subject: 'lab', plan, outcome: 'done' },
      { actor: 'somebody over the socket', action: 'stop', subject: 'lab', detail: 'container.web' },
    ]);
    expect(plan).toMatch(/^[0-9a-f]{16,}$/);
  });

  it('says how every source stands, and what happened', async () => {
    await simulation.push('one', file('a'));
    const { body } = await ask('GET', '/v1/sources');
    expect(body['sources']).toMatchObject([{ name: 'lab', goodRevision: 'one', observedRevision: 'one' }]);
    const { body: happened } = await ask('GET', '/v1/events?limit=1');
    expect(happened['events']).toMatchObject([{ reason: 'Applied', source: 'lab' }]);
  });

  it('repeats no value of a secret, wherever it comes from', async () => {
    keepFromOutput(sensitive('db', 'canary-of-the-api'));
    await simulation.push('canary-of-the-api', file('a'));
    for (const path of ['/v1/sources', '/v1/events']) {
      const text = JSON.stringify((await ask('GET', path)).body);
      expect(text).toContain('(sensitive)');
      expect(text).not.toContain('canary');
    }
  });

  it('takes an approval, and does what was agreed to', async () => {
    await simulation.push('one', file('a', 'b'));
    await simulation.push('two', file('a'));
    expect(simulation.condition()).toBe('Ready=false approval.needed');
    expect((await ask('POST', '/v1/sources/lab/approve')).body['message']).toContain('network.b');
    await simulation.clock.advance(1000);
    expect(simulation.condition()).toBe('Ready=true Converged');
    expect((await ask('POST', '/v1/sources/lab/approve')).body['message']).toBe('nothing of lab waits');
  });

  it('suspends and resumes', async () => {
    await simulation.push('one', file('a'));
    await ask('POST', '/v1/sources/lab/suspend');
    await simulation.clock.advance(1000);
    expect(simulation.condition()).toBe('Ready=false Suspended');
    await ask('POST', '/v1/sources/lab/resume');
    await simulation.clock.advance(1000);
    expect(simulation.condition()).toBe('Ready=true Converged');
  });

  it('knows no other sources and verbs', async () => {
    expect((await ask('POST', '/v1/sources/other/approve')).status).toBe(404);
    expect((await ask('POST', '/v1/sources/lab/explode')).status).toBe(404);
    expect((await ask('GET', '/nothing')).status).toBe(404);
  });

  it('looks at a source when a signed webhook comes, and at none when it is not signed', async () => {
    await simulation.push('one', file('a'));
    const body = JSON.stringify({ ref: 'refs/heads/main' });
    simulation.offer('two', file('a', 'b'));
    const wrong = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'content-type': 'application/json' };
    expect((await ask('POST', '/hooks/lab', { body, headers: wrong })).status).toBe(401);
    await simulation.clock.advance(1000);
    expect(simulation.reasons()).toContain('HookRefused');
    expect(simulation.store.sources(simulation.host.scope.id)[0]?.goodRevision).toBe('one');
    const digest = createHmac('sha256', 'secret').update(body).digest('hex');
    const right = { 'x-hub-signature-256': `sha256=${digest}`, 'content-type': 'application/json' };
    expect((await ask('POST', '/hooks/lab', { body, headers: right })).status).toBe(202);
    await simulation.clock.advance(1000);
    expect(simulation.store.sources(simulation.host.scope.id)[0]?.goodRevision).toBe('two');
  });

  it('tells nobody which sources there are who does not know a secret', async () => {
    const [known, unknown] = [await ask('POST', '/hooks/lab'), await ask('POST', '/hooks/other')];
    expect(known).toEqual(unknown);
  });
});
