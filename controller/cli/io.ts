import { createInterface } from 'node:readline/promises';

import { redact } from '../secrets/redact.ts';
import { createStyle, type Style, wantsColour } from '../render/style.ts';

/** What a command may use of the terminal: results go to `out`, what goes on and goes wrong to `err`. */
export interface Io {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly style: Style;
  readonly errStyle: Style;
  /** The answer to a question; undefined when nobody is there to ask. */
  readonly ask: (question: string) => Promise<string | undefined>;
}

export function terminalIo(): Io {
  const { stdout: out, stderr: err, stdin, env } = process;
  // A reader that has seen enough (`nova plan | head`) is no failure.
  for (const stream of [out, err]) keepSecretsFrom(stream);
  out.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    out,
    err,
    style: createStyle(wantsColour(out, env)),
    errStyle: createStyle(wantsColour(err, env)),
    ask: async (question) => {
      if (!stdin.isTTY) return undefined;
      const reader = createInterface({ input: stdin, output: err });
      try {
        return await reader.question(question);
      } finally {
        reader.close();
      }
    },
  };
}

/** Whatever a tool or a capsule says on the way to a person: no value of a secret is in it. */
function keepSecretsFrom(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (piece: unknown, ...rest: unknown[]) => boolean;
  stream.write = (piece: unknown, ...rest: unknown[]) =>
    write(typeof piece === 'string' ? redact(piece) : piece, ...rest);
}

export function writeJson(io: Io, value: unknown): void {
  io.out.write(`${JSON.stringify(value, null, 2)}\n`);
}
