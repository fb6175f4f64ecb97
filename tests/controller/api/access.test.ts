import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { callerBy, createToken } from '../../../controller/api/tokens.ts';
import { type Role, roles } from '../../../stateStore/accessState.ts';
import { type Answer, file, send, serve, type ServedWorld } from './served.ts';

let folder: string;
let ca: string;
let port: number;
let world: ServedWorld;
const tokens = new Map<Role, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nova-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  ca = readFileSync(cert, 'utf8');
  port = await freePort();
  world = await serve({
    network: { address: `127.0.0.1:${port}`, cert: ca, key: readFileSync(key, 'utf8') },
  });
  for (const role of roles) {
    const { token, row } = createToken(`for-${role}`, role, 0);
    tokens.set(role, token);
    world.simulation.store.putToken(row);
  }
  await world.simulation.push('one', file('a', 'b'));
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function over(method: string, path: string, authorization?: string, body = ''): Promise<Answer> {
  const json = body === '' ? {} : { 'content-type': 'application/json' };
  const headers = { ...json, ...(authorization === undefined ? {} : { authorization }) };
  return send({ host: '127.0.0.1', port, servername: 'localhost', ca, method, path, headers }, body);
}

const bearer = (role: Role): string => `Bearer ${tokens.get(role)}`;

describe('the control API on the network', () => {
  it.each([
    { authorization: undefined, reason: 'no token' },
    { authorization: 'Bearer nova_AAAA', reason: 'a token that nobody was given' },
    { authorization: 'Basic bm92YTpub3Zh', reason: 'another way to say who one is' },
    { authorization: 'Bearer ', reason: 'an empty token' },
  ])('tells nothing without a token, not even a name: $reason', async ({ authorization }) => {
    const paths = [
      '/v1/sources',
      '/v1/sources/lab',
      '/v1/sources/none',
      '/v1/openapi.json',
      '/nothing',
      '/hooks/lab',
    ];
    const answers = await Promise.all(paths.map((path) => over('GET', path, authorization)));
    const posted = await Promise.all(paths.map((path) => over('POST', path, authorization)));
    const texts = new Set([...answers, ...posted].map(({ status, text }) => `${status} ${text}`));
    expect([...texts]).toEqual(['401 {"code":"host.permission","message":"a token is needed","hint":null}']);
  });

  it('speaks TLS alone', async () => {
    const plain = await new Promise<string>((resolve) => {
      const sent = request(
        { host: '127.0.0.1', port, headers: { authorization: bearer('admin') } },
        (answer) => resolve(`status ${answer.statusCode}`),
      );
      sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      sent.end();
    });
    expect(plain).toBe('ECONNRESET');
  });

  const stale = JSON.stringify({ plan_hash: 'other' });
  it.each([
    { method: 'GET', path: '/v1/sources', least: 'view', status: 200 },
    { method: 'GET', path: '/v1/events', least: 'view', status: 200 },
    { method: 'GET', path: '/v1/sources/lab/logs/web', least: 'view', status: 404 },
    { method: 'GET', path: '/v1/sources/lab/plan', least: 'plan', status: 200 },
    { method: 'GET', path: '/v1/sources/lab/drift', least: 'plan', status: 200 },
    { method: 'POST', path: '/v1/sources/lab/reconcile', least: 'apply', status: 202 },
    { method: 'POST', path: '/v1/sources/lab/apply', body: stale, least: 'apply', status: 409 },
    { method: 'GET', path: '/v1/audit', least: 'admin', status: 200 },
    { method: 'GET', path: '/v1/sources/lab/exec/web?command=id', least: 'admin', status: 426 },
  ] as const)(
    'lets $method $path be asked by $least and those above it',
    async ({ method, path, least, status, ...rest }) => {
      const body = 'body' in rest ? rest.body : '';
      const got = await Promise.all(
        roles.map(async (role) => (await over(method, path, bearer(role), body)).status),
      );
      const first = roles.indexOf(least);
      expect(got).toEqual(roles.map((_, at) => (at < first ? 403 : status)));
    },
  );

  it.each([
    { authorization: () => undefined, what: 'refused 401', reason: 'no token' },
    { authorization: () => bearer('apply'), what: 'refused 403', reason: 'a role below' },
    { authorization: () => bearer('admin'), what: 'opened', reason: 'the role' },
  ])('opens a WebSocket for an administrator alone: $reason', async ({ authorization, what }) => {
    const header = authorization();
    const headers = header === undefined ? {} : { authorization: header };
    const options = { ca, servername: 'localhost', headers };
    const socket = new WebSocket(`wss://127.0.0.1:${port}/v1/sources/lab/exec/web?command=id`, options);
    const came = await new Promise<string>((resolve) => {
      socket.once('open', () => resolve('opened'));
      socket.once('unexpected-response', (_, answer) => resolve(`refused ${answer.statusCode}`));
      socket.on('error', () => undefined);
    });
    socket.terminate();
    expect(came).toBe(what);
  });

  it('takes a token away at once', async () => {
    const { token, row } = createToken('short', 'view', 0);
    world.simulation.store.putToken(row);
    expect((await over('GET', '/v1/status', `Bearer ${token}`)).status).toBe(200);
    world.simulation.store.dropToken('short');
    expect((await over('GET', '/v1/status', `Bearer ${token}`)).status).toBe(401);
  });

  it('applies the plan that was looked at and no other, and writes down who did it', async () => {
    const { simulation } = world;
    await simulation.push('two', file('a'));
    expect(simulation.condition()).toBe('Ready=false approval.needed');
    const { plan_hash: hash, needs_approval: needs } = JSON.parse(
      (await over('GET', '/v1/sources/lab/plan', bearer('plan'))).text,
    ) as { plan_hash: string; needs_approval: readonly string[] };
    expect(needs).toEqual(['prune network.b']);
    const other = await over('POST', '/v1/sources/lab/apply', bearer('apply'), stale);
    expect([other.status, JSON.parse(other.text)]).toMatchObject([409, { code: 'plan.stale' }]);
    await simulation.clock.advance(1000);
    expect(simulation.condition()).toBe('Ready=false approval.needed');
    const right = JSON.stringify({ plan_hash: hash });
    expect((await over('POST', '/v1/sources/lab/apply', bearer('apply'), right)).status).toBe(202);
    await simulation.clock.advance(1000);
    expect(simulation.condition()).toBe('Ready=true Converged');
    const { entries } = JSON.parse((await over('GET', '/v1/audit?limit=1000', bearer('admin'))).text) as {
      entries: readonly Record<string, unknown>[];
    };
    expect(entries.at(-1)).toMatchObject({
      actor: 'token for-apply',
      action: 'apply',
      subject: 'lab',
      plan: hash,
      outcome: 'done',
    });
    const refused = entries.filter(({ outcome }) => outcome === 'refused').map(({ actor }) => actor);
    expect(new Set(refused)).toEqual(new Set(['token for-view', 'token for-plan', 'token for-apply']));
  });
});

describe('a token', () => {
  it('is kept as a hash alone, and known again by it', () => {
    const { token, row } = createToken('ci', 'plan', 5);
    expect(JSON.stringify(row)).not.toContain(token.slice(5));
    const others = roles.map((role) => createToken(role, role, 0).row);
    expect(callerBy(`Bearer ${token}`, [...others, row])).toEqual({ actor: 'token ci', role: 'plan' });
    expect(callerBy(`Bearer ${token.slice(0, -1)}`, [row])).toBeUndefined();
    expect(callerBy(`Bearer ${row.hash}`, [row])).toBeUndefined();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return free;
}
