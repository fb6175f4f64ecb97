import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { describe, expect, it } from 'vitest';

import { isSkipped } from './globalSetup.ts';

interface Run {
  readonly child: ChildProcess;
  readonly socket: string;
  readonly keeper: number;
  readonly qemu: number;
}

describe.skipIf(isSkipped)('of a run of tests', () => {
  const ends = [
    { how: 'that is killed', argument: 'hold', end: ({ child }: Run) => child.kill('SIGKILL') },
    { how: 'that is interrupted', argument: 'hold', end: ({ child }: Run) => child.kill('SIGINT') },
    { how: 'that fails', argument: 'fail', end: () => true },
    {
      how: 'whose keeper is killed',
      argument: 'hold',
      end: ({ keeper }: Run) => process.kill(keeper, 'SIGKILL'),
    },
  ];

  it.each(ends)('$how, no process, mount or file is left', async ({ argument, end }) => {
    const before = traces();
    const run = await hold(argument);
    try {
      expect(commandOf(run.qemu)).toContain('qemu-system-x86_64');
      end(run);
      await expect.poll(() => left(run, before), { timeout: 240_000 }).toEqual([]);
    } finally {
      run.child.kill('SIGKILL');
    }
  });
});

async function hold(argument: string): Promise<Run> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'children/holder.ts'), argument], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { socket, keeper } = JSON.parse(line) as { socket: string; keeper: number };
    return { child, socket, keeper, qemu: childOf(keeper) };
  }
  throw new Error('the lab did not start');
}

function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  return children.find((each) => commandOf(each).includes('qemu')) ?? 0;
}

/** Empty when the process has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '';
  } catch {
    return '';
  }
}

/** What of a run is still there: a process that ends closes its files, and so its sockets, only after its memory. */
function left({ keeper, qemu, socket }: Run, before: readonly string[]): readonly string[] {
  const sockets = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return [
    ...[keeper, qemu].map(commandOf).filter((command) => command !== ''),
    ...sockets.filter((line) => line.includes(socket)),
    ...traces().filter((trace) => !before.includes(trace)),
  ];
}

/** What a lab could leave on this machine. */
function traces(): readonly string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return [
    ...mounts.filter((line) => line.includes('lab')),
    ...readdirSync(tmpdir()).filter((name) => name.includes('lab')),
    ...readdirSync('/run').filter((name) => name.includes('lab')),
  ];
}
