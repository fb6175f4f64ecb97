import { randomUUID } from 'node:crypto';

import { boot, type Booting } from '../machine/boot.ts';
import { compilePrograms } from '../machine/programs.ts';
import { talkQmp } from '../machine/qmp.ts';
import { createAgent } from './agent.ts';
import { openBroker } from './broker.ts';
import { keepConsole } from './console.ts';
import type { KeeperOptions, KeeperWord } from './protocol.ts';
import { createServe } from './serve.ts';

// Holds one lab for as long as somebody holds its standard input. Ctrl-C is for that one to answer.
process.on('SIGINT', () => undefined);
const began = performance.now();
const options = JSON.parse(process.argv[2] ?? '') as KeeperOptions;
const programs = await compilePrograms();
const machine = boot(options.root, programs, options.topology);
process.stdin.resume().on('end', end).on('error', end);
process.on('SIGTERM', end);

const agent = createAgent(machine.agent);
machine.qemu.on('exit', (code, signal) => agent.end(`QEMU has ended with ${code ?? signal}`));
const timer = setTimeout(
  () => agent.end(`nobody inside has answered within ${options.patience / 1000} s`),
  options.patience,
);
try {
  const qmp = await talkQmp(machine.qmp);
  await agent.up;
  const socket = `nova-lab-${randomUUID()}`;
  await openBroker(socket, createServe(machine, agent, qmp));
  say({ socket, milliseconds: Math.round(performance.now() - began) });
} catch (error) {
  say({ error: explain(machine, error) });
  end();
} finally {
  clearTimeout(timer);
}

function explain({ console }: Booting, error: unknown): string {
  const lines = console().trim().split('\n');
  const why = error instanceof Error ? error.message : String(error);
  return `the lab did not start: ${why}. Its console, which is kept in ${keepConsole(console())}, ends with:\n${lines.slice(-15).join('\n')}`;
}

function say(word: KeeperWord): void {
  process.stdout.write(`${JSON.stringify(word)}\n`);
}

function end(): void {
  machine.qemu.once('exit', () => process.exit(0)).kill('SIGKILL');
  if (machine.qemu.exitCode !== null || machine.qemu.signalCode !== null) process.exit(0);
}
