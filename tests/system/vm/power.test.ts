import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { makeTinyGuest } from '../support/tinyGuest.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
  const { kernel, initrd } = await makeTinyGuest(world.folder);
  await world.write(`project = "demo"
[vm.box]
boot = { kernel = "${kernel}", initrd = "${initrd}", cmdline = "console=ttyS0 quiet" }
memory = "256Mi"
accel = "tcg"
probe = { serial = "ready" }
stop_timeout = 5
`);
  await world.novaMust(['apply', '--yes']);
});

afterAll(async () => world[Symbol.asyncDispose]());

/** Types into the console, waits for its echo, and leaves with Ctrl-]. */
async function talk(words: string): Promise<{ readonly code: unknown; readonly stdout: string }> {
  const [program = '', ...argv] = world.command(['console', 'box']);
  const child = spawn(program, argv, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece));
  try {
    child.stdin.write(`${words}\n`);
    await expect.poll(() => stdout).toContain(words);
    child.stdin.write('\u001d');
    const [code] = (await ended) as readonly unknown[];
    return { code, stdout };
  } finally {
    child.kill('SIGKILL');
  }
}

describe('nova console', () => {
  it('joins this terminal with the serial line, until Ctrl-]', async () => {
    const { code, stdout } = await talk('knock knock');
    expect(stdout).toContain('knock knock');
    expect(code).toBe(0);
    expect((await talk('again')).stdout).toContain('again');
  });

  it('says so when the machine does not run', async () => {
    await world.novaMust(['stop', 'vm.box']);
    const { code, stderr } = await world.nova(['console', 'box']);
    expect(stderr).toContain('[vm.exited]');
    expect(code).toBe(1);
    await world.novaMust(['start', 'vm.box']);
  });
});

describe('nova stop and start', () => {
  it('stop a machine by its power button, and start it until it is ready', async () => {
    expect(await world.novaMust(['stop', 'vm.box'])).toContain('vm.box is stopped');
    expect(await world.drift()).toMatchObject([{ address: 'vm.box', class: 'stopped', cause: 'host' }]);
    expect(await world.novaMust(['stop', 'vm.box'])).toContain('nothing was done');
    expect(await world.novaMust(['start', 'vm.box'])).toContain('vm.box is started and ready');
    expect(await world.drift()).toEqual([]);
  });
});
