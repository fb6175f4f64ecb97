import { connect, type Socket } from 'node:net';

import { NovaError } from '../../../schema/errors.ts';
import { identityOf } from '../../../reconcilers/identity.ts';
import { vmPaths } from '../../../reconcilers/vm/paths.ts';
import { exitCodes } from '../exitCodes.ts';
import { loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { resourceNamed } from '../subject.ts';
import { lookFrom } from '../whereabouts.ts';

/** Ctrl-], as telnet and virsh have it: everything else belongs to the machine. */
const escape = '\u001D';

/** Joins this terminal with the serial console of a virtual machine, until Ctrl-] or the end of either. */
export async function openConsole(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  const { address } = resourceNamed(project.manifest, 'vm', options.subject);
  const { scope } = await lookFrom(options, project.manifest);
  const path = vmPaths(scope, identityOf(scope, project.manifest.project, address)).console;
  const socket = await open(path, address);
  if (process.stdin.isTTY) io.err.write(`Connected to ${address}; Ctrl-] leaves.\n`);
  await join(socket, io.out);
  return exitCodes.done;
}

function open(path: string, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.once('error', (cause) => {
      const hint = `\`nova start ${address}\` starts it; \`nova ls\` shows its state`;
      reject(new NovaError('vm.exited', `${address} has no console: it does not run`, { hint, cause }));
    });
  });
}

async function join(socket: Socket, out: NodeJS.WritableStream): Promise<void> {
  const { stdin } = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  const typed = (piece: Buffer): void => {
    const at = piece.indexOf(escape);
    socket.write(at < 0 ? piece : piece.subarray(0, at));
    if (at >= 0) socket.end();
  };
  try {
    stdin.on('data', typed);
    socket.on('data', (piece) => out.write(piece));
    await new Promise((resolve) => socket.once('close', resolve));
  } finally {
    stdin.off('data', typed);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.unref();
  }
}
