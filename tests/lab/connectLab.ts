import { connect } from 'node:net';

import { jsonLines } from '../../reconcilers/host/jsonLines.ts';
import type { Scope } from '../../reconcilers/identity.ts';
import type { Whose } from '../system/support/hostState.ts';
import type { Answer, Ended, RunRequest } from './inside/protocol.ts';
import type { KeeperRequest } from './keeper/protocol.ts';
import type { Device } from './machine/topology.ts';

type RunOptions = Partial<Omit<RunRequest, 'do' | 'argv'>>;

/** ms: what takes a minute on an idle machine may take several on a busy one */
const patience = 480_000;

/** A lab, driven from outside. Every path and command is one inside. */
export interface Lab extends Disposable {
  /** Runs a command to its end; never rejects for its exit status. `timeout` is in ms, by default eight minutes: a
   * loaded machine is slow. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs a command that must work; returns what it printed. */
  must(argv: readonly string[], options?: RunOptions): Promise<string>;
  /** As `must`, for a script of `sh` that ends at the first error. */
  sh(script: string, options?: RunOptions): Promise<string>;
  /** Runs a command line of Nova's, which is not in `argv`, in a process that stays for the next one of this name. */
  nova(as: string, argv: readonly string[], options?: Pick<RunOptions, 'env' | 'timeout'>): Promise<Ended>;
  /** Ends that process. */
  leave(as: string): Promise<void>;
  /** Text of a file; undefined when it is not there. */
  read(path: string): Promise<string | undefined>;
  /** Names in a folder; undefined when it is not there. */
  list(path: string): Promise<readonly string[] | undefined>;
  /** With the folders above it. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** With everything in it. */
  remove(path: string): Promise<void>;
  /** What of Nova's doings there is inside: see `hostState`. */
  state(of: Whose): Promise<string[]>;
  /** Takes away whatever a scope has inside, by force. */
  gone(scope: Scope): Promise<void>;
  /** Asks QEMU, as QMP documents it. */
  qmp(command: string, parameters?: object): Promise<unknown>;
  /** Waits for an event of QEMU's, with these values in its data; one that was earlier counts. `timeout` is in ms. */
  event(name: string, data?: object, timeout?: number): Promise<void>;
  /** Puts a device into an empty port. */
  plug(port: string, device: Device): Promise<void>;
  /** Asks the machine to let go of a device, and waits until it is out. */
  unplug(id: string): Promise<void>;
  /** What the machine has printed on its console. */
  console(): Promise<string>;
  /** Keeps the console in a file; returns the file, which is on this host. */
  keepConsole(): Promise<string>;
}

/** @param socket as `startLab` tells it */
export function connectLab(socket: string): Lab {
  const ask = connectKeeper(socket);
  const run = (argv: readonly string[], options: RunOptions = {}) =>
    ask.request({ do: 'run', argv, timeout: patience, ...options }) as Promise<Ended>;
  const must = async (argv: readonly string[], options?: RunOptions): Promise<string> => {
    const { code, stdout, stderr } = await run(argv, options);
    if (code !== 0) throw new Error(`in the lab, ${argv.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
    return stdout;
  };
  const qmp = (command: string, parameters: object = {}) => ask.request({ do: 'qmp', command, parameters });
  const event = async (name: string, data: object = {}, timeout = patience): Promise<void> => {
    await ask.request({ do: 'event', name, data, timeout });
  };
  return {
    run,
    must,
    sh: (script, options) => must(['sh', '-ec', script], options),
    nova: async (as, argv, { env = {}, timeout = patience } = {}) =>
      (await ask.request({ do: 'nova', as, argv, env, timeout })) as Ended,
    leave: async (as) => {
      await ask.request({ do: 'leave', as });
    },
    read: async (path) => ((await ask.request({ do: 'read', path })) as string | null) ?? undefined,
    list: async (path) => ((await ask.request({ do: 'list', path })) as string[] | null) ?? undefined,
    write: async (path, text, mode) => {
      await ask.request({ do: 'write', path, text, ...(mode === undefined ? {} : { mode }) });
    },
    remove: async (path) => {
      await ask.request({ do: 'remove', path });
    },
    state: async (of) => (await ask.request({ do: 'state', of })) as string[],
    gone: async (scope) => {
      await ask.request({ do: 'gone', scope });
    },
    qmp,
    event,
    plug: async (port, device) => {
      await qmp('device_add', { ...device, bus: port });
    },
    unplug: async (id) => {
      await qmp('device_del', { id });
      await event('DEVICE_DELETED', { device: id });
    },
    console: async () => (await ask.request({ do: 'console' })) as string,
    keepConsole: async () => (await ask.request({ do: 'keepConsole' })) as string,
    [Symbol.dispose]: ask.close,
  };
}

function connectKeeper(name: string) {
  const socket = connect(`\0${name}`);
  const waiting = new Map<string, PromiseWithResolvers<unknown>>();
  let counter = 0;
  const fail = (why: string): void => {
    for (const asked of waiting.values()) asked.reject(new Error(why));
  };
  socket.on('error', (error) => fail(`the lab cannot be reached: ${error.message}`));
  socket.on('close', () => fail('the lab has ended'));
  socket.on(
    'data',
    jsonLines((line) => {
      const { id, result, error } = line as Answer;
      if (error === undefined) waiting.get(id)?.resolve(result);
      else waiting.get(id)?.reject(new Error(error));
    }),
  );
  return {
    close: () => socket.destroy(),
    request: async (request: KeeperRequest): Promise<unknown> => {
      if (socket.closed) throw new Error('the lab has ended');
      const id = `${(counter += 1)}`;
      const asked = Promise.withResolvers<unknown>();
      waiting.set(id, asked);
      socket.write(`${JSON.stringify({ id, ...request })}\n`);
      return await asked.promise.finally(() => waiting.delete(id));
    },
  };
}
