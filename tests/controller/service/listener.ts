import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What systemd does with its notify socket: it takes datagrams, and the kernel tells who each is from (unix(7), SCM_CREDENTIALS). */
const program = `
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind(sys.argv[1])
print('listening', flush=True)
while True:
    data, control, _, _ = s.recvmsg(4096, socket.CMSG_SPACE(12))
    pid = struct.unpack('iII', control[0][2])[0]
    print(pid, data.decode().replace('\\n', ' '), flush=True)
`;

/** A stand-in for the service manager. */
export interface Manager extends AsyncDisposable {
  readonly socket: string;
  /** Each datagram as `PID WORDS`, in order. */
  readonly heard: readonly string[];
}

export async function listenAsManager(): Promise<Manager> {
  const folder = mkdtempSync(join(tmpdir(), 'nova-notify-'));
  const socket = join(folder, 'notify');
  const child = spawn('/usr/bin/python3', ['-c', program, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const heard: string[] = [];
  let rest = '';
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line === 'listening') resolve();
      heard.push(...lines.filter((line) => line !== 'listening'));
    });
  });
  return {
    socket,
    heard,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
