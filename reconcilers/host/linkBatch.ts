import { NovaError } from '../../schema/errors.ts';
import type { LinkCommand } from './host.ts';

/** What became of each command of a batch: done, failed with these words, or not reached. */
export type LinkOutcome = 'done' | 'unreached' | { readonly failed: string };

/**
 * The input of `ip -force -o -batch -`. `ip` does not go on after an argument that makes no sense (a master that is not
 * there), nor does it say at which line it stopped: so each command is followed by one that prints a line.
 */
export function batchText(commands: readonly LinkCommand[]): string {
  return commands.map(({ argv }) => `${argv.map(wordOf).join(' ')}\n${milestone}\n`).join('');
}

const milestone = 'link show dev lo';

/** Reads what `ip` printed for a batch of `count` commands. */
export function batchOutcomes(
  count: number,
  printed: { stdout: string; stderr: string; code: number },
): LinkOutcome[] {
  const failures = new Map<number, string>();
  let words: string[] = [];
  for (const line of printed.stderr.split('\n').map((text) => text.trim())) {
    const number = /^Command failed .*:(\d+)$/.exec(line)?.[1];
    if (number === undefined) {
      if (line !== '') words.push(line);
      continue;
    }
    failures.set((Number(number) - 1) / 2, words.join('; '));
    words = [];
  }
  // A command that failed is followed by its milestone all the same.
  const passed = printed.stdout.match(/^1: lo[:@]/gm)?.length ?? 0;
  const stopped = words.join('; ') || `exit status ${printed.code}`;
  return Array.from({ length: count }, (_, index) => {
    const failed = failures.get(index);
    if (failed !== undefined) return { failed };
    if (index < passed) return 'done';
    return index === passed ? { failed: stopped } : 'unreached';
  });
}

/** Whether a failure is as good as success for a command that says so. */
export function isTolerated(command: LinkCommand, words: string): boolean {
  if (command.tolerate === 'exists') return /File exists|already assigned/.test(words);
  if (command.tolerate === 'absent') {
    return /Cannot find device|No such (device|process|file)|does not exist|Cannot assign requested address|[Aa]ddress not found/.test(
      words,
    );
  }
  return false;
}

/** An alias is taken away by giving none. */
function wordOf(word: string, at: number, argv: readonly string[]): string {
  return word === '' && argv[at - 1] === 'alias' ? '""' : checked(word);
}

/** A blank, a quote or a line break in a word would make it another command. */
function checked(word: string): string {
  if (/^[^\s"'\\#\0]+$/.test(word)) return word;
  throw new NovaError('internal', `${JSON.stringify(word)} cannot be a word of an ip command`);
}
