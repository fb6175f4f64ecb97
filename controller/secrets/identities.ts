import { readFileSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import type { SecretSources } from '../../schema/secret.ts';
import { badIdentity } from './age.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where an identity is looked for when nothing says another place. */
export const defaultIdentity = '/etc/nova/identity';

/** The file of the identity; undefined when the identity itself stands in the environment. */
export function identityFile(
  { identity }: Pick<SecretSources, 'identity'>,
  env: Environment,
): string | undefined {
  if (env['NOVA_IDENTITY']) return undefined;
  return env['NOVA_IDENTITY_FILE'] || identity || defaultIdentity;
}

/**
 * Age identities: of NOVA_IDENTITY itself, else of the file that NOVA_IDENTITY_FILE names, the NovaFile names, or is the
 * default.
 * @throws NovaError `secret.identity` when there is none, or what is there is none
 */
export function readIdentities(
  sources: Pick<SecretSources, 'identity'>,
  env: Environment,
): readonly string[] {
  const file = identityFile(sources, env);
  const name = file ?? 'NOVA_IDENTITY';
  const identities = (file === undefined ? (env['NOVA_IDENTITY'] ?? '') : read(file))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (identities.length > 0 && identities.every((line) => /^AGE-SECRET-KEY-[0-9A-Z-]+$/.test(line)))
    return identities;
  throw badIdentity(name);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const what = missing ? `there is no identity at ${file}` : `the identity at ${file} cannot be read`;
    throw new NovaError('secret.identity', `${what}: without one nothing can be decrypted`, {
      hint: 'name the file with NOVA_IDENTITY_FILE, or with identity = "…" in [secrets]',
      cause,
    });
  }
}
