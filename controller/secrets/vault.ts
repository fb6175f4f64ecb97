import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import type { SecretSources } from '../../schema/secret.ts';
import { writeWholeFile } from '../wholeFile.ts';
import { newIdentity, recipientOf } from './age.ts';
import { identityFile, readIdentities } from './identities.ts';
import { readSecretsFile, type SecretValues, writeSecretsFile } from './secretsFile.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The encrypted file of a project, opened by whoever has an identity for it. */
export interface Vault {
  readonly values: SecretValues;
  /** Encrypts for the recipients of the NovaFile, or for the identity alone. */
  write(content: string): Promise<void>;
}

/**
 * Opens it; one that is not there yet is empty. Then an identity is made too, if there is none: `made` is told its file.
 * @throws NovaError `secret.identity`, `secret.damaged`
 */
export async function openVault(
  sources: SecretSources,
  env: Environment,
  made: (file: string) => void,
): Promise<Vault> {
  const identities = (): readonly string[] => readIdentities(sources, env);
  const values = await readSecretsFile(sources.file, identities);
  return {
    values: values ?? new Map(),
    write: async (content) => {
      if (values === undefined && sources.recipients === undefined) await ensureIdentity(sources, env, made);
      await writeSecretsFile(sources.file, content, sources.recipients ?? (await recipientsOf(identities())));
    },
  };
}

function recipientsOf(identities: readonly string[]): Promise<readonly string[]> {
  return Promise.all(identities.map((identity) => recipientOf(identity, 'the identity')));
}

async function ensureIdentity(
  sources: SecretSources,
  env: Environment,
  made: (file: string) => void,
): Promise<void> {
  const file = identityFile(sources, env);
  if (file === undefined || existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeWholeFile(file, `${await newIdentity()}\n`, { mode: 0o600 });
  made(file);
}
