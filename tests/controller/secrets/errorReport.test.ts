import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { errorReport } from '../../../controller/secrets/errorReport.ts';
import { keepFromOutput } from '../../../controller/secrets/redact.ts';
import { printSecrets } from '../../../controller/secrets/secretsFile.ts';
import { NovaError, toNovaError } from '../../../schema/errors.ts';
import { sensitive } from '../../../schema/sensitive.ts';

const canary = 'canary-51d8-of-an-error';

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}

/** Every one of them holds the canary, or a piece of it, where somebody who prints the error sees it. */
const errors: readonly { readonly reason: string; readonly work: () => unknown }[] = [
  { reason: 'JSON.parse quotes the text', work: () => JSON.parse(canary) },
  { reason: 'JSON.parse quotes around the place', work: () => JSON.parse(`{"a": ${canary}}`) },
  { reason: 'a number that is none', work: () => BigInt(canary) },
  { reason: 'a regular expression', work: () => new RegExp(`(${canary}`) },
  { reason: 'a primitive in place of an object', work: () => 'x' in (canary as unknown as object) },
  { reason: 'a property of a text', work: () => ((canary as unknown as { x: number }).x = 1) },
  { reason: 'an argument that Node refuses', work: () => readFileSync(`/${canary}\0`) },
  {
    reason: 'a validator that is told to repeat the input',
    work: () => z.object({ a: z.number() }).parse({ a: canary }, { reportInput: true }),
  },
  {
    reason: 'a validator whose message has it',
    work: () => z.string({ error: ({ input }) => `not ${String(input)}` }).parse([canary]),
  },
  {
    reason: 'a tool with it in its arguments, environment, input and output',
    work: () =>
      execa('/bin/sh', ['-c', 'cat; echo "$0" >&2; exit 3', canary], {
        env: { A: canary },
        input: canary,
      }),
  },
  {
    reason: 'a tool run by Node itself',
    work: () => execFileSync('/bin/sh', ['-c', 'cat >&2; exit 3', canary], { input: canary, stdio: 'pipe' }),
  },
  {
    reason: 'a cause of a cause',
    work: () => {
      throw new Error('outer', { cause: new TypeError('inner', { cause: new Error(canary) }) });
    },
  },
  {
    reason: 'several at once',
    work: () => Promise.any([Promise.reject(new Error(canary)), Promise.reject(new Error(`two ${canary}`))]),
  },
  {
    reason: 'a message that looks like frames',
    work: () => {
      throw new Error(`x\n    at canary (node:canary:1:1)\n    at ${canary} (node:internal:1:1)`);
    },
  },
  {
    reason: 'properties, and ways to show itself',
    work: () => {
      const shown = { [inspect.custom]: () => canary, toString: () => canary, toJSON: () => canary };
      throw Object.assign(new Error('x'), { argv: [canary], name: canary, code: canary, ...shown });
    },
  },
  {
    reason: 'a text in place of an error',
    work: () => Promise.reject(canary),
  },
  {
    reason: 'an object in place of an error',
    work: () => Promise.reject({ message: canary, stack: canary }),
  },
  {
    reason: 'an error of ours with such a cause',
    work: () => {
      throw new NovaError('internal', 'it cannot be understood', { cause: new SyntaxError(canary) });
    },
  },
];

describe('errorReport', () => {
  it.each(errors)('repeats nothing of what an error was given: $reason', async ({ work }) => {
    const thrown = await thrownBy(work);
    expect(inspect(thrown, { depth: 9 })).toMatch(/canar/);
    for (const told of [errorReport(thrown), toNovaError(thrown).message]) expect(told).not.toMatch(/canar/);
  });

  it('tells what kind it is, where it came from, and its causes', () => {
    const cause = Object.assign(new Error("ENOSPC: no space left on device, write '/x'"), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    const told = errorReport(
      new TypeError("Cannot read properties of undefined (reading 'seen')", { cause }),
    );
    expect(told).toMatch(
      /^TypeError: Cannot read properties of undefined \(reading 'seen'\)\n {4}at .*tests\/controller\/secrets\/errorReport\.test\.ts:\d+:\d+\)?\n/,
    );
    expect(told).toContain("because of Error ENOSPC: ENOSPC: no space left on device, write '/x'\n");
    expect(told).toContain(`Node ${process.version}, linux`);
  });

  it('says where a validator found what, and not the value', async () => {
    const thrown = await thrownBy(() => z.object({ links: z.array(z.string()) }).parse({ links: [1] }));
    expect(toNovaError(thrown).message).toMatch(
      /^ZodError.* \(links\.0 invalid_type\): its words are not shown/,
    );
  });

  it('says where in the program it is from, where that is all that can be said', async () => {
    const thrown = await thrownBy(() => printSecrets(new Map([['db', 5n as unknown as string]])));
    expect(toNovaError(thrown).message).toMatch(
      /^TypeError at controller\/secrets\/secretsFile\.ts:\d+:\d+: its words are not shown/,
    );
  });

  it('takes what is known to be a secret out of words of ours too', () => {
    keepFromOutput(sensitive('db', canary));
    expect(errorReport(new NovaError('internal', `what is ${canary}?`))).toMatch(
      /^NovaError internal: what is \(sensitive\)\?\n/,
    );
  });

  it('ends where causes go in a circle', () => {
    const one = new Error('one');
    one.cause = new Error('other', { cause: one });
    expect(errorReport(one).match(/its words are not shown/g)).toHaveLength(2);
  });
});
