import { existsSync, mkdirSync, rmSync } from 'node:fs';

import { NovaError } from '../../../schema/errors.ts';
import { runProcess } from '../../../reconcilers/host/runProcess.ts';
import { requireTool } from '../../../reconcilers/host/tools.ts';
import { sourceFailure } from './failures.ts';
import { bytesText, type Limits, tooLarge } from './limits.ts';
import type { OfferedRef } from './ref.ts';
import type { Remote } from './remote.ts';

/** A repository behind ssh, by the machine's own git and ssh, with the keys that they have. */
export function sshRemote(options: {
  readonly url: string;
  readonly gitdir: string;
  readonly limits: Limits;
}): Remote {
  const { url, gitdir, limits } = options;

  async function run(argv: readonly string[], signal: AbortSignal): Promise<string> {
    const command: [string, ...string[]] = [requireTool('git'), ...argv];
    const { code, stdout, stderr, timedOut } = await runProcess(
      [requireTool('env'), 'GIT_TERMINAL_PROMPT=0', ...sshCommand(), ...command],
      { timeout: limits.time, grace: 0, signal },
    );
    if (timedOut) throw sourceFailure(new Error('it took too long'), url);
    if (code === 0) return stdout;
    const words = reasonIn(stderr);
    if (/permission denied|host key verification failed/i.test(words)) {
      throw new NovaError('source.denied', `${url} does not let us in: ${words}`, {
        hint: 'see that the key of this host is known there, and theirs here',
      });
    }
    if (/remote ref|not our ref/i.test(words))
      throw new NovaError('source.missing', `${url}: ${words}`, { hint: 'it is looked for again by itself' });
    throw sourceFailure(new Error(words === '' ? `git ended with ${code}` : words), url);
  }

  return {
    gitdir,
    forget: () => rmSync(gitdir, { recursive: true, force: true }),
    async offered(signal) {
      return parseRefs(await run(['ls-remote', '--heads', '--tags', '--', url], signal));
    },
    async fetch({ ref, oid }, signal, whole = false) {
      const fresh = !existsSync(`${gitdir}/HEAD`);
      mkdirSync(gitdir, { recursive: true, mode: 0o700 });
      if (fresh) await run(['init', '--quiet', '--bare', '--object-format=sha1', gitdir], signal);
      const depth = whole ? ['--unshallow'] : fresh ? ['--depth=1'] : [];
      const shallow = existsSync(`${gitdir}/shallow`);
      const how = depth[0] === '--unshallow' && !shallow ? [] : depth;
      await run(['-C', gitdir, 'fetch', '--quiet', '--no-tags', ...how, '--', url, ref ?? oid], signal);
      const size = Number(
        /size-pack: (\d+)/.exec(await run(['-C', gitdir, 'count-objects', '-v'], signal))?.[1],
      );
      if (size * 1024 > limits.bytes * 4) throw tooLarge(`what ${url} has sent`, bytesText(limits.bytes * 4));
    },
  };
}

/** The last lines that say something: git ends with the same advice, whatever it was. */
function reasonIn(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const telling = lines.filter((line) => line !== '' && !/^(Please make sure|and the repository)/.test(line));
  return telling.slice(-3).join('; ');
}

/** ssh never asks a person; another one may stand in for it. */
function sshCommand(): readonly string[] {
  const own = process.env['GIT_SSH_COMMAND'];
  return [`GIT_SSH_COMMAND=${own ?? 'ssh -o BatchMode=yes -o ConnectTimeout=15'}`];
}

function parseRefs(text: string): readonly OfferedRef[] {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  const peeled = new Map(
    lines.flatMap(([oid = '', ref = '']) => (ref.endsWith('^{}') ? [[ref.slice(0, -3), oid]] : [])),
  );
  return lines
    .filter(([, ref = '']) => !ref.endsWith('^{}'))
    .map(([oid = '', ref = '']) => ({ ref, oid, peeled: peeled.get(ref) }));
}
