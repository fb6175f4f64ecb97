import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { localQmp, queryStatus } from '../../../reconcilers/host/qmp.ts';
import { connectQmp } from '../../../reconcilers/host/qmpClient.ts';

let folder: string;
let path: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nova-qmp-'));
  path = join(folder, 'qmp.sock');
});

afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

const greeting = '{"QMP": {"version": {}, "capabilities": []}}\n';

interface Command {
  readonly execute: string;
  readonly id: string;
  readonly arguments?: unknown;
}

/** A stand-in that speaks as QEMU does: `answer` gives the lines for each command. */
async function listen(
  answer: (command: Command, socket: Socket) => string,
  hello = greeting,
): Promise<Command[]> {
  const heard: Command[] = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(hello);
    socket.on('data', (data) => {
      for (const line of data.toString().trim().split('\n')) {
        const command = JSON.parse(line) as Command;
        heard.push(command);
        socket.write(answer(command, socket));
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return heard;
}

const returned = (id: string, value: unknown = {}) => `${JSON.stringify({ return: value, id })}\n`;

describe('connectQmp', () => {
  it('negotiates before anything else, and hands over what a command returns', async () => {
    const heard = await listen(({ id, execute }) => returned(id, { heard: execute }));
    const client = await connectQmp(path, 1000);
    const command = { execute: 'block_resize', arguments: { 'node-name': 'disk', size: 5 } };
    expect(await client.execute(command, 1000)).toEqual({ heard: 'block_resize' });
    client.close();
    expect(heard.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'block_resize']);
    expect(heard[1]?.arguments).toEqual(command.arguments);
  });

  it('reads answers that come in pieces, in any order, among events', async () => {
    const waiting: Command[] = [];
    await listen((command, socket) => {
      if (command.execute === 'qmp_capabilities') return returned(command.id);
      waiting.push(command);
      if (waiting.length < 2) return '';
      const [first, second] = waiting;
      const event = '{"event": "STOP", "data": {"é": 1}}\n';
      const text = Buffer.from(returned(second?.id ?? '', 'two') + event + returned(first?.id ?? '', 'one'));
      socket.write(text.subarray(0, 45));
      setTimeout(() => socket.write(text.subarray(45)), 5);
      return '';
    });
    const client = await connectQmp(path, 1000);
    const answers = [client.execute({ execute: 'a' }, 1000), client.execute({ execute: 'b' }, 1000)];
    expect(await Promise.all(answers)).toEqual(['one', 'two']);
    expect(await client.event('STOP', 1000)).toEqual({ name: 'STOP', data: { é: 1 } });
    client.close();
  });

  it('says what QEMU refuses in its own words', async () => {
    await listen(({ id, execute }) =>
      execute === 'qmp_capabilities'
        ? returned(id)
        : `${JSON.stringify({ error: { class: 'GenericError', desc: 'Cannot find device' }, id })}\n`,
    );
    const refused = localQmp.run(path, [{ execute: 'block_resize' }], 1000);
    await expect(refused).rejects.toMatchObject({
      code: 'host.command',
      message: expect.stringContaining('Cannot find device') as string,
    });
  });

  it.each([
    { reason: 'it does not greet', hello: '', answer: () => '', code: 'host.timeout' },
    { reason: 'it greets and answers nothing', hello: greeting, answer: () => '', code: 'host.timeout' },
    {
      reason: 'it goes away',
      hello: greeting,
      answer: (_: Command, socket: Socket) => {
        socket.destroy();
        return '';
      },
      code: 'host.command',
    },
  ])('gives up when $reason', async ({ hello, answer, code }) => {
    await listen(answer, hello);
    await expect(connectQmp(path, 50)).rejects.toMatchObject({ code });
  });

  it('gives up waiting for an event that does not come', async () => {
    await listen(({ id }) => returned(id));
    const client = await connectQmp(path, 1000);
    await expect(client.event('SHUTDOWN', 20)).rejects.toMatchObject({ code: 'host.timeout' });
    client.close();
  });
});

describe('queryStatus', () => {
  it('is the run state', async () => {
    await listen(({ id }) => returned(id, { status: 'paused', running: false }));
    expect(await queryStatus(path)).toBe('paused');
  });

  it('waits for a socket that is not there yet', async () => {
    const asked = queryStatus(path);
    await listen(({ id }) => returned(id, { status: 'running', running: true }));
    expect(await asked).toBe('running');
  });

  it.each([
    { reason: 'nobody listens', start: async () => undefined },
    { reason: 'nobody greets', start: () => listen(() => '', '') },
    { reason: 'what is said is no JSON', start: () => listen(() => 'hello\n') },
  ])('is undefined when $reason', async ({ start }) => {
    await start();
    expect(await queryStatus(path)).toBeUndefined();
  });
});
