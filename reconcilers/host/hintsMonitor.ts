import { type ChildProcess, spawn } from 'node:child_process';

import type { Scope } from '../identity.ts';
import type { HostHints } from './hints.ts';
import { namespaceInode } from './netns.ts';
import { commandEnvironment, findTool } from './tools.ts';

/** ms before a listener that has ended is started again */
const pause = 2_000;

/**
 * A program that prints a line whenever something has changed, in the network namespace of a scope. It ends with its
 * Nova, however that ends (prctl(2), PR_SET_PDEATHSIG). When it ends by itself something was lost, which is told too.
 */
export function createMonitor({ namespace }: Scope, argv: readonly string[], changed: () => void): HostHints {
  let child: ChildProcess | undefined;
  /** Of the namespace that is listened to: another one of its name may have come. */
  let inode: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const start = (): void => {
    const command = commandOf(namespace, argv);
    if (closed || command === undefined) return;
    const [program, ...rest] = command;
    const started = spawn(program, rest, {
      env: commandEnvironment(),
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    started.stdout.on('data', changed);
    // It complains when messages were lost (netlink(7), ENOBUFS): everything may have changed.
    started.stderr.on('data', changed);
    started.once('error', () => undefined);
    started.once('close', () => {
      if (child !== started || closed) return;
      child = undefined;
      timer = setTimeout(() => {
        refresh();
        changed();
      }, pause);
    });
  };

  const refresh = (): void => {
    const now = namespace === undefined ? 0 : namespaceInode(namespace);
    if (now === undefined || (child !== undefined && inode === now)) return;
    clearTimeout(timer);
    child?.kill('SIGKILL');
    child = undefined;
    inode = now;
    start();
  };

  return {
    refresh,
    close() {
      closed = true;
      clearTimeout(timer);
      child?.kill('SIGKILL');
    },
  };
}

/** Undefined when one of the tools is missing: then the host is only looked at now and then. */
function commandOf(
  namespace: string | undefined,
  [name = '', ...rest]: readonly string[],
): [string, ...string[]] | undefined {
  const [setpriv, nsenter, tool] = [findTool('setpriv'), findTool('nsenter'), findTool(name)];
  if (setpriv === undefined || nsenter === undefined || tool === undefined) return undefined;
  const enter = namespace === undefined ? [] : [nsenter, `--net=/run/netns/${namespace}`, '--'];
  return [setpriv, '--pdeathsig', 'SIGKILL', ...enter, tool, ...rest];
}
