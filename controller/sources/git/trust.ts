import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { NovaError } from '../../../schema/errors.ts';
import { runProcess } from '../../../reconcilers/host/runProcess.ts';
import { requireTool } from '../../../reconcilers/host/tools.ts';
import type { Signed } from './signed.ts';

/** Whose signatures are good. With neither, none is asked for. */
export interface Trust {
  /** File in the form of ssh-keygen(1), ALLOWED SIGNERS. */
  readonly allowedSigners?: string;
  /** File with OpenPGP keys, as `gpg --export` writes it. */
  readonly keyring?: string;
}

/**
 * Who signed it.
 * @throws NovaError `source.untrusted`
 */
export async function verifySignature(what: string, signed: Signed, trust: Trust): Promise<string> {
  const { signature } = signed;
  if (signature === undefined) throw untrusted(`${what} is not signed`);
  const folder = mkdtempSync(join(tmpdir(), 'nova-signature-'));
  try {
    const file = join(folder, 'signature');
    writeFileSync(file, signature.endsWith('\n') ? signature : `${signature}\n`, { mode: 0o600 });
    if (signature.startsWith('-----BEGIN SSH SIGNATURE-----')) return await bySsh(what, signed, file, trust);
    if (signature.startsWith('-----BEGIN PGP SIGNATURE-----'))
      return await byOpenpgp(what, signed, file, trust);
    throw untrusted(`${what} has a signature of a kind that is not known`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As git does it: ssh-keygen(1), `-Y find-principals` and `-Y verify` in the namespace `git`. */
async function bySsh(
  what: string,
  { payload, at }: Signed,
  file: string,
  { allowedSigners }: Trust,
): Promise<string> {
  if (allowedSigners === undefined) throw untrusted(`${what} is signed with an SSH key, and none is allowed`);
  const time = `-Overify-time=${sshTime(at)}`;
  const common = ['-f', allowedSigners, '-s', file];
  const found = await tool(['ssh-keygen', '-Y', 'find-principals', ...common, time]);
  const [who] = found.stdout.split('\n');
  if (found.code !== 0 || who === undefined || who === '')
    throw untrusted(`${what} is signed with a key that is not among those of ${allowedSigners}`);
  const verified = await tool(
    ['ssh-keygen', '-Y', 'verify', '-n', 'git', '-I', who, ...common, time],
    payload,
  );
  if (verified.code !== 0) throw untrusted(`the signature of ${what} is wrong: ${lastWords(verified)}`);
  return who;
}

/** gpgv(1) trusts every key of the keyring that it is given, and no other; a status of GOODSIG is the only good one. */
async function byOpenpgp(
  what: string,
  { payload }: Signed,
  file: string,
  { keyring }: Trust,
): Promise<string> {
  const folder = dirname(file);
  if (keyring === undefined) throw untrusted(`${what} is signed with an OpenPGP key, and none is allowed`);
  const data = join(folder, 'payload');
  writeFileSync(data, payload, { mode: 0o600 });
  const ended = await tool([
    'gpgv',
    '--homedir',
    folder,
    '--keyring',
    keyring,
    '--status-fd',
    '1',
    file,
    data,
  ]);
  const [, key, who] = /^\[GNUPG:\] GOODSIG (\S+) (.*)$/m.exec(ended.stdout) ?? [];
  const valid = /^\[GNUPG:\] VALIDSIG /m.test(ended.stdout);
  if (ended.code === 0 && valid && key !== undefined) return who ?? key;
  if (/^\[GNUPG:\] NO_PUBKEY/m.test(ended.stdout))
    throw untrusted(`${what} is signed with a key that is not in ${keyring}`);
  throw untrusted(`the signature of ${what} is not good: ${lastWords(ended)}`);
}

function tool(argv: readonly string[], input?: string) {
  const [name = '', ...rest] = argv;
  return runProcess([requireTool(name), ...rest], { timeout: 10_000, grace: 0, input });
}

function lastWords({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  return `${stderr}${stdout}`.trim().split('\n').at(-1) ?? '';
}

/** `YYYYMMDDHHMMSSZ` */
function sshTime(at: number): string {
  return new Date(at * 1000).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
}

function untrusted(message: string): NovaError {
  return new NovaError('source.untrusted', message, {
    hint: 'sign it with a key that is allowed, and push it again; what was applied last stays',
  });
}
