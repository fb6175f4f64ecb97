import { lstatSync } from 'node:fs';

import { batched } from './coalesce.ts';
import type { CommandRunner } from './commandRunner.ts';

/**
 * The extended attribute that holds a file's mark. Of the `trusted` class: only root reads or writes it, so that the
 * owner of a file cannot forge a mark, and every filesystem with attributes has it (tmpfs has no `user` ones before
 * Linux 6.6). See xattr(7).
 */
export const markAttribute = 'trusted.nova';

/** Reads the marks of files, for all who ask together by one `getfattr`. */
export function createMarkReader(
  runner: CommandRunner,
): (paths: readonly string[]) => Promise<Map<string, string>> {
  const read = batched<readonly string[], Map<string, string>>(async (requests) => {
    const paths = [...new Set(requests.flat())].filter(
      (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined,
    );
    const marks = new Map<string, string>();
    for (let start = 0; start < paths.length; start += pathsPerCommand) {
      const part = paths.slice(start, start + pathsPerCommand);
      const argv = ['getfattr', '-h', '--absolute-names', '-e', 'text', '-n', markAttribute, '--', ...part];
      // It exits with 1 when any file has no mark.
      for (const [path, mark] of parseMarks((await runner.finish({ argv, effect: 'read' })).stdout))
        marks.set(path, mark);
    }
    return requests.map((asked) => ({
      status: 'fulfilled',
      value: new Map(asked.flatMap((path) => pair(path, marks.get(path)))),
    }));
  });
  return async (paths) => (paths.length === 0 ? new Map() : await read(paths));
}

/** Keeps the arguments below the 2 MiB that Linux allows. */
const pathsPerCommand = 1_000;

/** @param printed by `getfattr -e text`: `# file: PATH`, then `NAME="VALUE"`, with octal and quoted escapes */
export function parseMarks(printed: string): Map<string, string> {
  const found = printed.matchAll(/^# file: (.*)\n[\w.]+="(.*)"$/gm);
  return new Map([...found].map(([, path = '', mark = '']) => [unescape(path), unescape(mark)]));
}

/** An escape stands for a byte, of which a character may have several. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text).toString('latin1');
  const plain = bytes.replaceAll(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : code,
  );
  return Buffer.from(plain, 'latin1').toString();
}

function pair(path: string, mark: string | undefined): [string, string][] {
  return mark === undefined ? [] : [[path, mark]];
}
