import { readFileSync } from 'node:fs';

import { NovaError, toNovaError, type Issue } from '../../schema/errors.ts';
import type { Manifest, Resource } from '../../schema/manifest.ts';
import type { SecretSources } from '../../schema/secret.ts';
import { fulfil, isFulfilled, isSensitive, type Sensitive, sensitiveIn } from '../../schema/sensitive.ts';
import { folderOf } from '../../schema/paths.ts';
import { defaultSources } from '../../schema/secretsTable.ts';
import { readIdentities } from './identities.ts';
import { keepFromOutput } from './redact.ts';
import { readSecretsFile, type SecretValues } from './secretsFile.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Gives every secret of a manifest its value; what cannot be had is an issue, at the resource that needs it. Reads the
 * encrypted file once, and only when something in it is needed.
 */
export async function readSecrets(manifest: Manifest, env: Environment): Promise<readonly Issue[]> {
  const needs = manifest.resources.flatMap((resource) =>
    sensitiveIn(resource.spec).map((one) => ({ one, resource })),
  );
  for (const { one } of needs) keepFromOutput(one);
  const missing = needs.filter(({ one }) => !isFulfilled(one));
  if (missing.length === 0) return [];
  const secrets = manifest.secrets ?? defaultSources(folderOf(manifest.file));
  const file = once(() => fileSecrets(secrets, env));
  const issues: Issue[] = [];
  for (const { one, resource } of missing) {
    try {
      fulfil(one, await valueOf(one, secrets, { env, file }));
      keepFromOutput(one);
    } catch (thrown) {
      issues.push(issueAt(resource, one, thrown));
    }
  }
  return issues;
}

interface Providers {
  readonly env: Environment;
  readonly file: () => Promise<SecretValues>;
}

async function valueOf(
  { secret }: Sensitive,
  { from, file }: SecretSources,
  providers: Providers,
): Promise<string> {
  const source = Object.hasOwn(from, secret) ? from[secret] : undefined;
  if (source === undefined) {
    const value = (await providers.file()).get(secret);
    if (value !== undefined) return value;
    throw absent(`${file} has no secret ${secret}`, `add it: nova secret set ${secret}`);
  }
  if ('path' in source) return contentOf(source.path);
  const value = providers.env[source.env];
  if (value !== undefined) return value;
  throw absent(
    `the environment variable ${source.env} is not set`,
    'set it for this command; sudo passes none on by itself',
  );
}

async function fileSecrets(sources: SecretSources, env: Environment): Promise<SecretValues> {
  const values = await readSecretsFile(sources.file, () => readIdentities(sources, env));
  if (values !== undefined) return values;
  throw absent(
    `there is no ${sources.file}`,
    'make it with `nova secret set NAME`, or name another one: [secrets] file = "…"',
  );
}

/** All of it but the newline at its end, which editors put there. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw absent(
      `${path} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'it is no text'}`,
      'look at [secrets.from]',
    );
  }
}

function absent(message: string, hint: string): NovaError {
  return new NovaError('secret.missing', message, { hint });
}

function issueAt({ address, at, spec }: Resource, one: Sensitive, thrown: unknown): Issue {
  const { code, message, hint } = toNovaError(thrown);
  const { secret } = one;
  return {
    code,
    message: `${address} needs secret ${secret}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    at,
    about: { resource: address, path: pathTo(one, spec) ?? [] },
  };
}

/** Where it is in a value. */
function pathTo(one: Sensitive, value: unknown): readonly string[] | undefined {
  if (value === one) return [];
  if (typeof value !== 'object' || value === null || isSensitive(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const below = pathTo(one, inner);
    if (below !== undefined) return [key, ...below];
  }
  return undefined;
}

/** What it came to is the same for all who ask, a failure too. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
