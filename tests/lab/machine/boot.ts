import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';

import { rootPaths } from '../build/root.ts';
import { initramfs } from './initramfs.ts';
import { checkout } from './programs.ts';
import { qemuArgs } from './qemuArgs.ts';
import type { Topology } from './topology.ts';
import { tscFrequency } from './tsc.ts';

/** A machine that has been started; whether anybody inside answers is another question. */
export interface Booting {
  readonly qemu: ChildProcess;
  /** To the agent inside. */
  readonly agent: Duplex;
  readonly qmp: Duplex;
  /** What the machine has printed, and QEMU's own words. */
  console(): string;
}

/**
 * Starts QEMU. It has no name in any folder: its sockets are pairs that it inherits, its disks and its initramfs are
 * files without a name, and it dies with the process that started it. So nothing can be left.
 * @param folder of the cache, with the root
 */
export function boot(folder: string, programs: ReadonlyMap<string, string>, topology: Topology): Booting {
  const { root, kernel } = rootPaths(folder);
  const archive = nameless();
  write(archive, initramfs(folder, programs));
  const disks = topology.disks.map(({ size }) => {
    const disk = nameless();
    ftruncateSync(disk, size * 2 ** 20);
    return disk;
  });
  const [agent, qmp, initrd, firstDisk] = [3, 4, 5, 6];
  const args = qemuArgs(topology, {
    kernel,
    initrd: `/proc/self/fd/${initrd}`,
    tscFrequency: tscFrequency(readFileSync('/proc/cpuinfo', 'utf8')),
    shares: { root, node: dirname(process.execPath), checkout },
    descriptors: { agent, qmp, disks: disks.map((_, index) => firstDisk + index) },
  });
  const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', archive, ...disks],
  });
  for (const each of [archive, ...disks]) closeSync(each);
  let text = '';
  for (const stream of [qemu.stdout, qemu.stderr])
    stream?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  return { qemu, agent: qemu.stdio[3] as Duplex, qmp: qemu.stdio[4] as Duplex, console: () => text };
}

/** Linux's O_TMPFILE, which Node does not name: an open file that was never in a folder. See open(2). */
function nameless(): number {
  return openSync(tmpdir(), 0o20200000 | constants.O_RDWR, 0o600);
}

function write(file: number, data: Buffer): void {
  for (let rest = data; rest.length > 0;) rest = rest.subarray(writeSync(file, rest));
}
