import { text } from 'node:stream/consumers';

import { NovaError } from '../../schema/errors.ts';
import type { Io } from './io.ts';

/** One value: typed on a terminal without being shown, or all of standard input but the newline at its end. */
export async function readHidden(io: Io, question: string): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) return (await text(stdin)).replace(/\r?\n$/, '');
  // Before it asks: what is typed at once is not shown either.
  stdin.setRawMode(true);
  io.err.write(question);
  try {
    return await typed(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    io.err.write('\n');
  }
}

function typed(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let value = '';
    const done = (end: () => void): void => {
      stdin.off('data', read);
      end();
    };
    const read = (piece: Buffer): void => {
      for (const character of piece.toString('utf8')) {
        if (character === '\r' || character === '\n' || character === '\u0004')
          return done(() => resolve(value));
        if (character === '\u0003')
          return done(() => reject(new NovaError('interrupted', 'nothing was changed')));
        if (character === '\u007f' || character === '\b') value = Array.from(value).slice(0, -1).join('');
        else value += character;
      }
    };
    stdin.on('data', read).resume();
  });
}
