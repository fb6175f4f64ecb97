import type { Recorder } from './commandRecord.ts';
import { type Coprocess, startCoprocess } from './coprocess.ts';
import { inNamespace } from './inNamespace.ts';
import { namespaceInode, ownNamespaceInode } from './netns.ts';

/** Reads the same thing of a namespace again and again. */
export interface Reader {
  /** What the tool printed in JSON; undefined: ask a process of its own. */
  read(): Promise<string | undefined>;
  close(): void;
}

/** Asks nothing of a program that stays: for whoever reads once. */
export const noReader: Reader = { read: () => Promise.resolve(undefined), close: () => undefined };

/**
 * Reads by a program that stays in the namespace, from the second time on: starting one costs many times what reading does.
 * @param argv the program with its arguments, and the line to give it
 */
export function createReader(
  recorder: Recorder,
  namespace: string | undefined,
  { argv, line }: { readonly argv: readonly [string, ...string[]]; readonly line: string },
): Reader {
  const inode = () => (namespace === undefined ? ownNamespaceInode() : namespaceInode(namespace));
  let running: { readonly program: Coprocess; readonly inode: number | undefined } | undefined;
  let times = 0;

  const close = (): void => {
    running?.program.close();
    running = undefined;
  };
  return {
    close,
    read: async () => {
      times += 1;
      if (times === 1) return undefined;
      // One that stayed in a namespace that was made anew since would go on telling of the old one.
      if (running !== undefined && (!running.program.alive || running.inode !== inode())) close();
      running ??= { program: startCoprocess(inNamespace(argv, namespace)), inode: inode() };
      recorder({ effect: 'read', argv: [...argv, line], at: Date.now() });
      return running.program.ask(line);
    },
  };
}
