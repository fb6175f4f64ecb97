import { readFileSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import { batched } from './coalesce.ts';
import type { CommandRunner } from './commandRunner.ts';
import { isAbsence } from './fileErrors.ts';
import { namespaceInode } from './netns.ts';

/** Reads sysctls, for all who ask together by one process; of the host's own namespace by none. */
export function createSysctlReader(runner: CommandRunner, namespace: string | undefined) {
  return batched<string, string | undefined>(async (keys) => {
    const values = namespace === undefined ? readOwn(keys) : await readInNamespace(runner, keys, namespace);
    return keys.map((key) => ({ status: 'fulfilled', value: values.get(sysctlFile(key)) }));
  });
}

/** The file of a sysctl, as `/proc/sys/net/ipv4/ip_forward`. */
export function sysctlFile(key: string): string {
  const path = key.includes('/') ? key : key.replaceAll('.', '/');
  if (/^[\w@.-]+(\/[\w@.-]+)+$/.test(path) && !path.split('/').includes('..')) return `/proc/sys/${path}`;
  throw new NovaError('internal', `${JSON.stringify(key)} is not the name of a sysctl`);
}

function readOwn(keys: readonly string[]): Map<string, string> {
  return new Map(
    keys.map(sysctlFile).flatMap((file): [string, string][] => {
      try {
        return [[file, readFileSync(file, 'utf8').trim()]];
      } catch (error) {
        if (isAbsence(error)) return [];
        throw error;
      }
    }),
  );
}

/** What is under /proc/sys/net depends on the namespace of the process that reads it. */
async function readInNamespace(runner: CommandRunner, keys: readonly string[], namespace: string) {
  if (namespaceInode(namespace) === undefined) return new Map<string, string>();
  const files = [...new Set(keys.map(sysctlFile))];
  // It exits with 2 when one of the files is not there.
  const { stdout } = await runner.finish({ argv: ['grep', '-sH', '', ...files], effect: 'read', namespace });
  const lines = stdout.split('\n').map((line) => /^(\/[^:]+):(.*)$/.exec(line));
  return new Map(
    lines.flatMap((match): [string, string][] => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])),
  );
}
