import { request } from 'node:http';
import { createConnection } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { controlPlace } from '../../../controller/control/place.ts';
import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { createWorld, type World } from '../support/world.ts';

const novaFile = `project = "served"
[container.web]
capsule = "./root"
command = ["sh", "-c", "echo begun; echo oops >&2; sleep 1000"]
`;

describe('the control API of a controller that runs', () => {
  let world: World;
  let running: RunningController;
  let socketPath: string;
  beforeAll(async () => {
    world = await createWorld();
    await world.write(novaFile);
    running = startController(world, ['watch', '--name', 'lab', '--json']);
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged', 60_000);
    socketPath = controlPlace(world.stateDirectory).socket;
  });
  afterAll(async () => {
    await running.stop();
    await world.nova(['destroy', '--yes']);
    await world[Symbol.asyncDispose]();
  });

  const ask = (path: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const sent = request({ socketPath, path }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.once('end', () => resolve(JSON.parse(text)));
      });
      sent.once('error', reject).end();
    });

  /** What a command printed on each channel, and what was said of its end. */
  const exec = (argv: readonly string[], input?: string): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      const query = argv.map((word) => `command=${encodeURIComponent(word)}`).join('&');
      const socket = new WebSocket(`ws://nova/v1/sources/lab/exec/web?${query}`, {
        createConnection: () => createConnection(socketPath),
      });
      const channels = ['', '', '', ''];
      socket.on('open', () => {
        if (input !== undefined) socket.send(Buffer.concat([Buffer.of(0), Buffer.from(input)]));
        socket.send(Buffer.of(0));
      });
      socket.on('message', (data: Buffer) => (channels[data[0] ?? 0] += data.subarray(1).toString()));
      socket.once('close', () => resolve(channels));
      socket.once('error', reject);
    });

  it('shows what a container has printed', async () => {
    const { lines } = (await ask('/v1/sources/lab/logs/web?lines=5')) as {
      lines: { stream: string; text: string }[];
    };
    expect(lines.map(({ stream, text }) => `${stream} ${text}`).toSorted()).toEqual([
      'stderr oops',
      'stdout begun',
    ]);
  });

  it('runs a command in a container, with its input, its output and how it ended', async () => {
    const [, output, error, status] = await exec(
      ['sh', '-c', 'read word; echo "$word!"; echo no >&2; exit 3'],
      'hello\n',
    );
    expect([output, error, status]).toEqual(['hello!\n', 'no\n', '{"exit_code":3}']);
    const [, all] = await exec(['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x']);
    expect(all?.length).toBe(3_000_000);
    const { entries } = (await ask('/v1/audit')) as { entries: { action: string; detail: string }[] };
    expect(entries.map(({ action, detail }) => `${action} ${detail}`)).toEqual(['exec sh', 'exec sh']);
  });

  it('ends a command when the other side has gone', async () => {
    const socket = new WebSocket('ws://nova/v1/sources/lab/exec/web?command=sleep&command=4711', {
      createConnection: () => createConnection(socketPath),
    });
    const runs = async (): Promise<boolean> => (await exec(['ps']))[1]?.includes('sleep 4711') === true;
    await until('it runs', runs);
    socket.terminate();
    await until('it has ended', async () => !(await runs()));
  });

  it('tells the plan and the drift as they are on the host', async () => {
    const plan = (await ask('/v1/sources/lab/plan')) as { summary: unknown; plan_hash: string };
    expect(plan.summary).toEqual({ add: 0, change: 0, destroy: 0 });
    expect(await ask('/v1/sources/lab/drift')).toMatchObject({ project: 'served', drift: [] });
  });

  it('logs by revision and plan', () => {
    const lines = running
      .output()
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
    const { revision } = remembered(world).source('lab') ?? {};
    const applied = lines.find(({ reason }) => reason === 'Applied');
    expect(applied).toMatchObject({
      source: 'lab',
      revision,
      plan: expect.stringMatching(/^[0-9a-f]{16,}$/) as string,
    });
  });

  it('keeps tokens out of the database, and shows them once', async () => {
    const token = (await world.novaMust(['token', 'add', 'ci', '--role', 'plan'])).trim();
    expect(token).toMatch(/^nova_[\w-]{43}$/);
    expect(await world.novaMust(['token', 'ls'])).toMatch(/^ci {2,}plan {2,}/m);
    expect((await world.nova(['token', 'add', 'ci', '--role', 'view'])).code).toBe(1);
    expect(await world.novaMust(['token', 'rm', 'ci'])).toContain('not let in');
  });
});
