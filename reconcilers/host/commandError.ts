import { type ErrorCode, NovaError } from '../../schema/errors.ts';

/** What a failed command means: its own words on one line, with the code that they call for. */
export function commandError(
  argv: readonly string[],
  said: { readonly code: number; readonly stdout?: string; readonly stderr: string },
): NovaError {
  const words = oneLine(said.stderr) || oneLine(said.stdout ?? '') || `exit status ${said.code}`;
  return failure(argv, words);
}

/** As {@link commandError}, for words that are at hand already. */
export function failure(argv: readonly string[], words: string): NovaError {
  const { code, hint } = meaning(words);
  return new NovaError(code, `${shortened(argv)}: ${oneLine(words)}`, { hint });
}

/** A text without line breaks and without the blanks around it. */
export function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ');
}

function meaning(words: string): { code: ErrorCode; hint: string } {
  if (/no space left on device|disk quota exceeded/i.test(words)) {
    return { code: 'host.full', hint: 'make room on the disk, then run the same command again' };
  }
  if (/permission denied|operation not permitted|read-only file system/i.test(words)) {
    return { code: 'host.permission', hint: 'run Nova as root, and see that the filesystem is writable' };
  }
  return {
    code: 'host.command',
    hint: 'run the same command again; if it fails again, the words above say what to mend',
  };
}

function shortened(argv: readonly string[]): string {
  const text = argv.join(' ');
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}
