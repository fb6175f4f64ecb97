import { exitCodes } from '../exitCodes.ts';
import type { Invocation } from '../main.ts';
import { usage } from '../positionals.ts';
import { scripts, type Shell, shells } from '../completion/scripts.ts';

/** Prints what a shell needs to complete `nova`; or, asked by such a shell, what a word may become. */
export async function completion({ options, io }: Invocation): Promise<number> {
  const [first = '', ...line] = options.words;
  if (first === 'words') {
    const { candidates } = await import('../completion/candidates.ts');
    const { surroundings } = await import('../completion/declared.ts');
    const found = await candidates(line, surroundings);
    io.out.write(found.map(({ word, about }) => `${word}\t${about}\n`).join(''));
    return exitCodes.done;
  }
  if (!isShell(first) || line.length > 0)
    throw usage(`\`nova completion\` takes one of ${shells.join(', ')}`);
  io.out.write(scripts[first]);
  return exitCodes.done;
}

function isShell(word: string): word is Shell {
  return (shells as readonly string[]).includes(word);
}
