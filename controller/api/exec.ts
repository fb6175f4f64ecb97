import type { Readable } from 'node:stream';

import type { WebSocket } from '@fastify/websocket';

import { toNovaError } from '../../schema/errors.ts';
import { runtimeExecPiped } from '../../reconcilers/host/local.ts';
import { containerOf } from './containers.ts';
import { type Asked, Refusal } from './route.ts';
import { loopOf, type Served } from './sources.ts';

/** The first byte of each message. */
const channels = { input: 0, output: 1, error: 2, status: 3 } as const;

/** bytes that a slow listener may have outstanding before the command has to wait */
const outstanding = 256 * 1024;
const maximumCommands = 16;
let running = 0;

/** Runs a command in a capsule, its input and output as messages, until it ends or the other side does. */
export function serveExec(socket: WebSocket, asked: Asked, served: Served): void {
  // What comes before the command has begun is kept, within the limit of a message.
  socket.pause();
  void run(socket, asked, served).catch((thrown: unknown) => {
    const { code, message } = thrown instanceof Refusal ? thrown : toNovaError(thrown);
    send(socket, channels.status, Buffer.from(JSON.stringify({ code, message })));
    socket.resume();
    socket.close(1011);
  });
}

async function run(socket: WebSocket, { params, query, caller }: Asked, served: Served): Promise<void> {
  const { controller, store } = served;
  const name = params['name'] ?? '';
  const argv = query['command'] as readonly string[];
  if (running >= maximumCommands)
    throw new Refusal(429, 'host.capacity', `${maximumCommands} commands run already`);
  running += 1;
  try {
    const found = await containerOf(loopOf(controller, name), params['container'] ?? '');
    const subject = `${name} ${params['container'] ?? ''}`;
    // Its words may hold a secret: the program is enough to know.
    store.addAudit({
      actor: caller.actor,
      action: 'exec',
      subject,
      plan: undefined,
      outcome: 'done',
      detail: argv[0] ?? '',
    });
    const command = await runtimeExecPiped({ ...found, argv });
    forward(command.stdout, channels.output, socket);
    forward(command.stderr, channels.error, socket);
    command.stdin.on('error', () => undefined);
    command.stdin.on('drain', () => socket.resume());
    socket.on('message', (data: Buffer) => {
      if (data[0] !== channels.input) return;
      if (data.length === 1) command.stdin.end();
      else if (!command.stdin.write(data.subarray(1))) socket.pause();
    });
    socket.once('close', () => command.stop());
    socket.resume();
    const exitCode = await command.ended;
    send(socket, channels.status, Buffer.from(JSON.stringify({ exit_code: exitCode })));
    socket.close(1000);
  } finally {
    running -= 1;
  }
}

function forward(from: Readable, channel: number, socket: WebSocket): void {
  from.on('data', (piece: Buffer) => {
    send(socket, channel, piece, () => from.resume());
    if (socket.bufferedAmount > outstanding) from.pause();
  });
}

function send(socket: WebSocket, channel: number, content: Buffer, sent: () => void = () => undefined): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(Buffer.concat([Buffer.of(channel), content]), { binary: true }, sent);
}
