import { arch, exit, platform, version as node } from 'node:process';
import { fileURLToPath } from 'node:url';

import { NovaError, toNovaError } from '../../schema/errors.ts';
import { framesOf, kindOf } from '../../schema/unforeseen.ts';
import { redact } from './redact.ts';

/** Where this program lies, in a checkout and as it is shipped (see `reconcilers/host/ownProgram.ts`). */
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Causes that are followed. */
const deepest = 8;

/**
 * An error that nobody foresaw, for whoever mends it: what kind it is, where it came from, and its causes; of what it and they say
 * only what cannot hold a value of a secret, and none of their properties: a tool's error has its arguments, its environment and its input there.
 */
export function errorReport(thrown: unknown): string {
  const told = [...chainOf(thrown)].map(
    (each, index) => `${index === 0 ? '' : 'because of '}${oneError(each)}`,
  );
  return redact(`${told.join('')}Node ${node}, ${platform} ${arch}\n`);
}

/** What is thrown where nobody catches it ends the program with this report, in place of Node's, which prints all that the error holds. */
export function reportUncaught(): void {
  process.on('uncaughtException', (thrown) => {
    process.stderr.write(`error: ${redact(toNovaError(thrown).message)} [internal]\n${errorReport(thrown)}`);
    exit(1);
  });
  // Should somebody ask Node for reports of its own: a variable may be a secret.
  if (process.report !== undefined) process.report.excludeEnv = true;
}

function oneError(thrown: unknown): string {
  const { message } = toNovaError(thrown);
  if (!(thrown instanceof Error)) return `${message}\n`;
  const kind = thrown instanceof NovaError ? `NovaError ${thrown.code}` : kindOf(thrown);
  const head = message.startsWith(kind) ? message : `${kind}: ${message}`;
  return [head, ...framesOf(thrown, root), ''].join('\n');
}

function* chainOf(thrown: unknown): Generator {
  const seen = new Set<unknown>();
  const waiting = [thrown];
  for (const each of waiting) {
    if (seen.has(each) || seen.size === deepest) continue;
    seen.add(each);
    yield each;
    if (each instanceof AggregateError) waiting.push(...(each.errors as readonly unknown[]));
    if (each instanceof Error && each.cause !== undefined) waiting.push(each.cause);
  }
}
