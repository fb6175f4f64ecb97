import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

import type { Scope } from '../identity.ts';
import type { HostHints } from './hints.ts';
import { foldersIn } from './hintsPaths.ts';
import { jsonLines } from './jsonLines.ts';
import { fields, text } from './toolOutput.ts';

/**
 * Listens to every QEMU of a scope on a socket of its own (QEMU, docs/interop/qmp-spec.txt, section 2.5): the one that
 * commands go to takes one client at a time. Nobody is asked anything, and one that hangs delays nobody. A QEMU that an
 * older Nova has started has no such socket; what becomes of it is told by its cgroup alone.
 */
export function createQmpHints(scope: Scope, changed: (what: string) => void): HostHints {
  const sockets = new Map<string, Socket>();

  const listen = (path: string): void => {
    const socket = connect(path);
    sockets.set(path, socket);
    socket.unref();
    socket.on(
      'data',
      jsonLines((line) => {
        const message = fields(line) ?? {};
        if ('QMP' in message) socket.write('{"execute":"qmp_capabilities"}\n');
        if (telling.has(text(message['event']) ?? '')) changed('qmp');
      }),
    );
    // That it ended is told by its cgroup too; a socket that is not there yet is tried with the next refresh.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (sockets.get(path) === socket) sockets.delete(path);
    });
  };

  return {
    refresh() {
      for (const path of socketsIn(scope)) if (!sockets.has(path)) listen(path);
    },
    close() {
      for (const socket of sockets.values()) socket.destroy();
      sockets.clear();
    },
  };
}

/** Name of the socket in the folder of a machine. */
export const eventsSocket = 'events.sock';

function socketsIn({ run }: Scope): readonly string[] {
  return foldersIn(join(run, 'vms')).map((folder) => join(folder, eventsSocket));
}

/** Events (QEMU, qapi/run-state.json and its like) after which a machine may not be as it was. */
const telling: ReadonlySet<string> = new Set([
  ...['SHUTDOWN', 'POWERDOWN', 'RESET', 'STOP', 'RESUME', 'SUSPEND', 'SUSPEND_DISK', 'WAKEUP'],
  ...['GUEST_PANICKED', 'GUEST_CRASHLOADED', 'WATCHDOG', 'BLOCK_IO_ERROR', 'DEVICE_DELETED'],
]);
