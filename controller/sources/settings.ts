import { z } from 'zod';
import { parse } from 'smol-toml';

import { NovaError } from '../../schema/errors.ts';
import { automatics, type Automatic } from '../../schema/automatics.ts';
import { defaultLimits, type Limits } from './git/limits.ts';
import type { Trust } from './git/trust.ts';
import { type Audience, forgeTable, notifyTable } from '../notify/settings.ts';

/** A source as a person set it. */
export interface SourceSettings {
  readonly name: string;
  readonly from:
    | { readonly kind: 'folder'; readonly path: string }
    | {
        readonly kind: 'git';
        readonly repo: string;
        readonly ref: string;
        readonly path: string;
        readonly username: string;
        readonly tokenFile: string | undefined;
        readonly limits: Limits;
        readonly trust: Trust;
      };
  /** ms; undefined: as it is for sources of its kind */
  readonly interval: number | undefined;
  /** What needs no consent; undefined: as the NovaFile says. */
  readonly automatic: readonly Automatic[] | undefined;
  /** ms */
  readonly deadline: number;
  /** File with the secret that webhooks are signed with; undefined: none is taken. */
  readonly hookSecretFile: string | undefined;
  /** Who is told of what happens. */
  readonly audience: Audience;
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `30s`, `5m`, `500ms`, `1h`; in ms. Undefined when it is no time. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(count) * (units[unit as keyof typeof units] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}

/** It becomes a word in paths and addresses. */
export const sourceNamePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: 'must be a time, as 500ms, 30s, 5m or 1h' });
  return z.NEVER;
});

const common = {
  interval: duration.exactOptional(),
  auto: z.array(z.enum(automatics)).exactOptional(),
  deadline: duration.exactOptional(),
  hook_secret_file: z.string().exactOptional(),
  notify: z.array(notifyTable).exactOptional(),
};

const count = z.int().positive().exactOptional();

const folder = z.strictObject({ folder: z.string(), ...common });
const repository = z.strictObject({
  repo: z.string(),
  ref: z.string().exactOptional(),
  path: z.string().exactOptional(),
  username: z.string().exactOptional(),
  token_file: z.string().exactOptional(),
  allowed_signers: z.string().exactOptional(),
  keyring: z.string().exactOptional(),
  max_bytes: count,
  max_files: count,
  max_file_bytes: count,
  timeout: duration.exactOptional(),
  forge: forgeTable.exactOptional(),
  ...common,
});

const file = z.strictObject({
  source: z.record(z.string().regex(sourceNamePattern, 'cannot be the name of a source'), z.looseObject({})),
});

/**
 * The sources of a controller's configuration file.
 * @throws NovaError `usage`, with everything that is wrong
 */
export function readSettings(text: string, shownAs: string): readonly SourceSettings[] {
  const hint = 'each source is a table [source.NAME] with `folder` or `repo`';
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new NovaError('usage', `${shownAs}: ${(error as Error).message.split('\n')[0]}`, {
      hint,
      cause: error,
    });
  }
  const read = file.safeParse(document);
  if (!read.success) throw new NovaError('usage', problemsIn(read.error, shownAs), { hint });
  const wrong: string[] = [];
  const settings = Object.entries(read.data.source).flatMap(([name, table]) => {
    const parsed = 'folder' in table ? folder.safeParse(table) : repository.safeParse(table);
    if (parsed.success) return [settingsFrom(name, parsed.data)];
    wrong.push(problemsIn(parsed.error, `${shownAs}: source.${name}`));
    return [];
  });
  if (wrong.length > 0) throw new NovaError('usage', wrong.join('; '), { hint });
  if (settings.length === 0) throw new NovaError('usage', `${shownAs} names no source`, { hint });
  return settings;
}

export function settingsFrom(
  name: string,
  table: z.infer<typeof folder> | z.infer<typeof repository>,
): SourceSettings {
  const shared = {
    name,
    interval: table.interval,
    automatic: table.auto,
    deadline: table.deadline ?? 5 * 60_000,
    hookSecretFile: table.hook_secret_file,
    audience: { forge: 'forge' in table ? table.forge : undefined, notify: table.notify ?? [] },
  };
  if ('folder' in table) return { ...shared, from: { kind: 'folder', path: table.folder } };
  const { allowed_signers: allowedSigners, keyring } = table;
  return {
    ...shared,
    from: {
      kind: 'git',
      repo: table.repo,
      ref: table.ref ?? 'main',
      path: table.path ?? '.',
      username: table.username ?? 'git',
      tokenFile: table.token_file,
      limits: {
        bytes: table.max_bytes ?? defaultLimits.bytes,
        files: table.max_files ?? defaultLimits.files,
        fileBytes: table.max_file_bytes ?? defaultLimits.fileBytes,
        time: table.timeout ?? defaultLimits.time,
      },
      trust: {
        ...(allowedSigners === undefined ? {} : { allowedSigners }),
        ...(keyring === undefined ? {} : { keyring }),
      },
    },
  };
}

function problemsIn({ issues }: z.ZodError, where: string): string {
  return issues
    .map(({ path, message }) => `${[where, path.join('.')].filter(Boolean).join(': ')}: ${message}`)
    .join('; ');
}
