import { get, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { maximumStreams } from '../../../controller/api/eventStreams.ts';
import { file, serve, type ServedWorld } from './served.ts';

interface Heard {
  readonly id: number;
  readonly reason: string;
}

describe('event streams', () => {
  let world: ServedWorld;
  const open: (() => void)[] = [];
  beforeEach(async () => {
    world = await serve();
    await world.simulation.push('one', file('a'));
  });
  afterEach(async () => {
    for (const close of open.splice(0)) close();
    await world[Symbol.asyncDispose]();
  });

  const listen = (lastId?: number): Promise<{ readonly heard: Heard[]; readonly status: number }> =>
    new Promise((resolve, reject) => {
      const headers = lastId === undefined ? {} : { 'last-event-id': String(lastId) };
      const sent = get({ socketPath: world.socket, path: '/v1/events/stream', headers }, (answer) => {
        const heard: Heard[] = [];
        collect(answer, heard);
        resolve({ heard, status: answer.statusCode ?? 0 });
      });
      sent.on('error', reject);
      open.push(() => sent.destroy());
    });

  const newest = (): number =>
    world.simulation.store.events(world.simulation.host.scope.id, { limit: 1 })[0]?.id ?? 0;

  it('tell what happens, and go on after the event that was heard last', async () => {
    const { heard } = await listen();
    await world.simulation.push('two', file('a', 'b'));
    await until(() => heard.some(({ reason }) => reason === 'Applied'));
    const ids = heard.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    const { heard: again } = await listen(ids[1]);
    await until(() => again.length >= ids.length - 2);
    expect(again.map(({ id }) => id)).toEqual(ids.slice(2));
    const { heard: all } = await listen(0);
    await until(() => all.at(-1)?.id === newest());
    expect(all.length).toBe(world.simulation.reasons().length);
  });

  it('miss nothing when thousands happened meanwhile', async () => {
    const { store, host } = world.simulation;
    const from = newest();
    const events = Array.from({ length: 3000 }, (_, at) => ({
      subject: '',
      severity: 'normal' as const,
      reason: 'Test',
      message: `${at}`,
      revision: undefined,
    }));
    store.note(host.scope.id, 'lab', { events });
    const { heard } = await listen(from);
    await until(() => heard.length >= 3000);
    expect(heard.map(({ id }) => id)).toEqual(Array.from({ length: 3000 }, (_, at) => from + 1 + at));
  });

  it('refuse what is no number of an event', async () => {
    const path = '/v1/events/stream';
    expect((await world.ask('GET', path, '', { 'last-event-id': 'x' })).status).toBe(400);
  });

  it('law: as many as may be, slow ones, slow requests and huge bodies do not keep the loop from its work', async () => {
    const { simulation } = world;
    const streams: Awaited<ReturnType<typeof listen>>[] = [];
    // In groups, as a socket has only so much patience with those who knock.
    while (streams.length < maximumStreams - 1) {
      const group = Math.min(100, maximumStreams - 1 - streams.length);
      streams.push(...(await Promise.all(Array.from({ length: group }, () => listen()))));
    }
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
    // One that never reads, one that never ends what it asks, and bodies that are larger than may be.
    const deaf = await rawly(world.socket, 'GET /v1/events/stream HTTP/1.1\r\nHost: nova\r\n\r\n');
    deaf.pause();
    const slow = await rawly(
      world.socket,
      'POST /v1/sources/lab/suspend HTTP/1.1\r\nHost: nova\r\nContent-Le',
    );
    open.push(
      () => deaf.destroy(),
      () => slow.destroy(),
    );
    // Once the deaf one is in, there is no place left.
    while ((await world.ask('GET', '/v1/events/stream')).status !== 429) continue;
    expect(await refusedBody(world.socket, 64 * 1024 * 1024)).toBe(413);
    // 64 KiB each: what the deaf one does not read is more than any pipe holds.
    const long = 'x'.repeat(64 * 1024);
    for (let turn = 0; turn < 20; turn += 1) {
      const event = {
        subject: '',
        severity: 'normal' as const,
        reason: 'Test',
        message: long,
        revision: undefined,
      };
      simulation.store.note(simulation.host.scope.id, 'lab', { events: turn < 10 ? [] : [event] });
      await simulation.push(`r${turn}`, file('a', turn % 2 === 0 ? 'b' : 'c'));
      const row = simulation.store.sources(simulation.host.scope.id)[0];
      if (simulation.condition() === 'Ready=false approval.needed')
        await world.ask('POST', '/v1/sources/lab/approve');
      await simulation.eventually(() => simulation.condition() === 'Ready=true Converged');
      expect(row?.revision).toBe(`r${turn}`);
    }
    expect(simulation.store.sources(simulation.host.scope.id)[0]?.goodRevision).toBe('r19');
    // Everybody who reads has heard of all of it.
    const last = newest();
    await until(() => streams.every(({ heard }) => heard.at(-1)?.id === last));
    expect((await world.ask('GET', '/v1/status')).status).toBe(200);
  }, 120_000);
});

function collect(answer: IncomingMessage, heard: Heard[]): void {
  let rest = '';
  answer.setEncoding('utf8').on('data', (piece: string) => {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id, reason = ''] = /^id: (\d+)\nevent: (\w[\w.-]*)\ndata: /.exec(block) ?? [];
      if (id !== undefined) heard.push({ id: Number(id), reason });
    }
  });
  answer.on('error', () => undefined);
}

/** Until it holds, for as long as the test may take. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function rawly(socketPath: string, text: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => socket.write(text, () => resolve(socket)));
    socket.once('error', reject);
  });
}

/** The status that a body of so many bytes is refused with, while it is being sent. */
function refusedBody(socketPath: string, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath,
        method: 'POST',
        path: '/v1/sources/lab/apply',
        headers: { 'content-type': 'application/json', 'content-length': bytes },
      },
      (answer) => {
        resolve(answer.statusCode ?? 0);
        sent.destroy();
      },
    );
    sent.on('error', reject);
    sent.write('"');
  });
}
