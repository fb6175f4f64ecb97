import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

const options = '-f -I 2 -v -s 100000 -e trace=execve -e signal=none'.split(' ');

/** Runs a program under strace, which notes all that is started with arguments and environment, and lets go of it at the end. */
export async function traced(
  log: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
  const script = `${argv.map((word) => `'${word}'`).join(' ')}; echo "ended with $?"`;
  const words = [...options, '-o', log, 'sh', '-c', script];
  const child = spawn('strace', words, { env: { ...process.env, ...env } });
  let output = '';
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
  const closed = once(child, 'exit');
  while (!/ended with \d+/.test(output) && child.exitCode === null) await pause(50);
  child.kill('SIGTERM');
  await closed;
  return { code: Number(/ended with (\d+)/.exec(output)?.[1] ?? 1), output };
}
