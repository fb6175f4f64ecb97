import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import { NovaError } from '../../schema/errors.ts';
import { oneLine } from './commandError.ts';
import type { Recorder } from './commandRecord.ts';
import { inNamespace } from './inNamespace.ts';
import { namespaceInode, ownNamespaceInode } from './netns.ts';
import { commandEnvironment } from './tools.ts';

/** Asks questions as a client in a namespace; many may be open at once. */
export interface Asker {
  /**
   * Why the answer is not the right one; undefined: it is.
   * @param question words as `probeClient.ts` knows them
   * @param timeout ms
   * @throws NovaError `interrupted`
   */
  ask(question: readonly string[], timeout: number, signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Client {
  readonly child: Child;
  /** Of the namespace that it stays in. */
  readonly inode: number | undefined;
  /** By number of the question. */
  readonly open: Map<number, (why: string | undefined) => void>;
}

/** ms that a client stays after its last answer */
const linger = 2_000;

/** ms beyond the time for the answer, in which the client keeps to it itself: for its start on a busy machine */
const patience = 10_000;

/**
 * By a program of ours that stays in the namespace as long as there is something to ask: starting a Node costs many times what
 * a question does. It ends with this process, whose end of its input closes then.
 * @param argv the program
 */
export function createAsker(
  recorder: Recorder,
  namespace: string | undefined,
  argv: readonly [string, ...string[]],
): Asker {
  const inode = () => (namespace === undefined ? ownNamespaceInode() : namespaceInode(namespace));
  let client: Client | undefined;
  let idle: NodeJS.Timeout | undefined;
  let counter = 0;

  const leave = (gone: Client, why: string): void => {
    if (client === gone) client = undefined;
    gone.child.kill('SIGKILL');
    gone.child.stdin.destroy();
    gone.child.stdout.destroy();
    gone.child.stderr.destroy();
    for (const answer of [...gone.open.values()]) answer(why);
  };
  const start = (): Client => {
    const [tool, ...words] = inNamespace(argv, namespace);
    const child: Child = spawn(tool, words, {
      env: commandEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const made: Client = { child, inode: inode(), open: new Map() };
    let said = '';
    child.stderr.on('data', (piece: Buffer) => (said = `${said}${piece.toString()}`.slice(-1000)));
    const gone = (): void => leave(made, oneLine(said) || 'whoever asked has ended');
    child.on('error', gone).on('close', gone);
    child.stdin.on('error', gone);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { id, why } = JSON.parse(line) as { id: number; why?: string };
      made.open.get(id)?.(why);
    });
    return made;
  };
  return {
    close: () => {
      clearTimeout(idle);
      if (client !== undefined) leave(client, 'nobody waits for the answer any more');
    },
    ask: (question, timeout, signal) => {
      // One that stayed in a namespace that was made anew since would go on asking in the old one.
      if (client !== undefined && client.inode !== inode())
        leave(client, 'the network namespace was made anew');
      clearTimeout(idle);
      const asked = (client ??= start());
      recorder({ effect: 'read', argv: [...argv, ...question], at: Date.now() });
      const id = (counter += 1);
      const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
      const timer = setTimeout(
        () => leave(asked, `no answer within ${timeout / 1000} s`),
        timeout + patience,
      );
      const interrupt = (): void =>
        reject(
          new NovaError('interrupted', 'a question was interrupted', { hint: 'run the same command again' }),
        );
      asked.open.set(id, resolve);
      signal.addEventListener('abort', interrupt, { once: true });
      if (signal.aborted) interrupt();
      else asked.child.stdin.write(`${JSON.stringify({ id, question, timeout })}\n`);
      return promise.finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', interrupt);
        asked.open.delete(id);
        if (asked.open.size > 0 || client !== asked) return;
        idle = setTimeout(() => leave(asked, 'it had nothing to ask'), linger);
        idle.unref();
      });
    },
  };
}
