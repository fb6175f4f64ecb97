import type { z } from 'zod';

import { resolvePath, type FolderAt } from './paths.ts';
import { quote, type Path, type Problem } from './problem.ts';
import { type SecretSources, SecretsTable } from './secret.ts';
import { suggest } from './suggest.ts';
import { isTable } from './table.ts';
import { flattenUnions } from './unions.ts';
import { describeValue } from './words.ts';

export interface SecretsRead {
  readonly secrets: SecretSources | undefined;
  readonly problems: readonly Problem[];
}

/** What holds where the NovaFile has no `[secrets]`. `folder` is its own, absolute. */
export function defaultSources(folder: string): SecretSources {
  return { file: resolvePath(folder, 'secrets.age'), from: {} };
}

/** Reads `[secrets]`. Its keys may be written in several files. */
export function readSecretsTable(written: unknown, folderAt: FolderAt): SecretsRead {
  if (written === undefined) return { secrets: undefined, problems: [] };
  if (!isTable(written)) {
    const message = `secrets must be a table, not ${describeValue(written)}`;
    return {
      secrets: undefined,
      problems: [{ code: 'schema.type', message, hint: example, path: ['secrets'] }],
    };
  }
  const read = SecretsTable.safeParse(written, { reportInput: true });
  if (!read.success)
    return {
      secrets: undefined,
      problems: tellable(flattenUnions(read.error.issues)).flatMap(problemsFrom).map(veiledIn),
    };
  const { file, identity, from, ...rest } = read.data;
  const sources = Object.entries(from).map(([name, source]) => {
    return [
      name,
      'path' in source ? { path: resolvePath(folderAt('from', name), source.path) } : source,
    ] as const;
  });
  const secrets = {
    ...rest,
    file: resolvePath(folderAt('file'), file),
    ...(identity === undefined ? {} : { identity: resolvePath(folderAt('identity'), identity) }),
    from: Object.fromEntries(sources),
  };
  return { secrets, problems: [] };
}

/** What is missing beside a key that does not exist was written as that key. */
function tellable(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const strange = issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path.join('.'));
  return issues.filter(({ code, path }) => {
    return code === 'unrecognized_keys' || !strange.includes(path.slice(0, -1).join('.'));
  });
}

const example = 'write [secrets] on a line of its own, and file = "./secrets.age" below';

/** What stands in place of where a value is may be the value. */
function veiledIn(problem: Problem): Problem {
  return problem.path[1] === 'from' ? { ...problem, veiled: true } : problem;
}

function problemsFrom(issue: z.core.$ZodIssue): readonly Problem[] {
  const path: Path = [
    'secrets',
    ...issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
  ];
  const label = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? Object.keys(SecretsTable.shape) : ['env', 'path'];
    return issue.keys.map((key) => {
      const meant = suggest(key, known);
      return {
        code: 'schema.unknown-key',
        message: `${label} has no key ${quote(key)}`,
        hint: meant === undefined ? `its keys are ${known.join(', ')}` : `did you mean ${meant}?`,
        path: [...path, key],
        on: 'key',
      };
    });
  }
  if (issue.code === 'custom') {
    const hint = issue.params?.['hint'] as string | undefined;
    return [
      {
        code: 'schema.value',
        message: `${label} ${issue.message}`,
        ...(hint === undefined ? {} : { hint }),
        path,
      },
    ];
  }
  const hint = path[1] === 'from' ? 'write { env = "DB_PASSWORD" } or { path = "./tls.key" }' : example;
  return [{ code: 'schema.type', message: `${label} is not what is needed here`, hint, path }];
}
