import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { NovaError } from '../../../schema/errors.ts';
import { tellController } from '../../control/client.ts';
import { exitCodes } from '../exitCodes.ts';
import type { Invocation } from '../main.ts';

/** `nova approve NAME` and its like: tells the controller that runs. */
export async function tell({ options, io }: Invocation): Promise<number> {
  const [name = ''] = options.words;
  const rewind =
    options.command === 'reconcile' && options.following['rewind'] === true ? '?rewind=true' : '';
  const path = `/v1/sources/${encodeURIComponent(name)}/${options.command}${rewind}`;
  io.out.write(`${await tellController(options.stateDirectory, path)}.\n`);
  return exitCodes.done;
}

const mark = '# Made by `nova hook install`.';

/** Makes a bare repository on this machine tell the controller of each push. A hook of another is left alone. */
export async function hook({ options, io }: Invocation): Promise<number> {
  const [verb, repository = '', name = ''] = options.words;
  if (verb !== 'install') throw usage('`nova hook` knows `install` alone');
  const folder = resolve(repository);
  if (!existsSync(join(folder, 'objects')) || !existsSync(join(folder, 'hooks')))
    throw usage(`${repository} is no bare repository with a folder \`hooks\``);
  const file = join(folder, 'hooks/post-receive');
  if (existsSync(file) && !readFileSync(file, 'utf8').includes(mark))
    throw usage(`${file} is there already, and not ours; add \`nova reconcile ${name}\` to it`);
  writeFileSync(file, script(name, resolve(options.stateDirectory)), { mode: 0o755 });
  chmodSync(file, 0o755);
  io.out.write(`${file} tells the controller of ${options.stateDirectory} of each push to ${name}.\n`);
  return exitCodes.done;
}

/** A push succeeds whether or not a controller runs: it looks by itself now and then. */
function script(name: string, stateDirectory: string): string {
  const program = process.argv[1] ?? '';
  const words = [process.execPath, program, 'reconcile', name, '--state-dir', stateDirectory].map(quoted);
  return `#!/bin/sh\n${mark}\ncat >/dev/null\n${words.join(' ')} >/dev/null || true\n`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function usage(message: string): NovaError {
  return new NovaError('usage', message, { hint: 'write `nova hook install REPOSITORY SOURCE`' });
}
