import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

import type { Scope } from '../identity.ts';
import { NovaError } from '../../schema/errors.ts';
import type { CommandRunner } from './commandRunner.ts';
import { oneLine } from './commandError.ts';
import { onFile } from './fileErrors.ts';
import type { Accelerator } from './view.ts';

/** ms within which a machine of fifteen bytes must have run */
const patience = { kvm: 2_000, tcg: 20_000 } as const;

/**
 * Runs a machine of fifteen bytes under KVM and, when that works, without it. Returns undefined when KVM is worth
 * using, else why not: a device file that opens says nothing about the processor behind it.
 * To be done under the project's lock.
 * @param qemu absolute path
 */
export async function probeKvm(
  scope: Scope,
  project: string,
  runner: CommandRunner,
  qemu: string,
): Promise<string | undefined> {
  const folder = folderOf(scope, project);
  const rom = `${folder}/rom`;
  try {
    await onFile('cannot try KVM', () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(rom, countingRom());
    });
    const kvm = await run(runner, qemu, rom, 'kvm');
    if ('why' in kvm) return kvm.why;
    const tcg = await run(runner, qemu, rom, 'tcg');
    if ('why' in tcg || kvm.ms <= 2 * tcg.ms) return undefined;
    return `a machine that takes ${tcg.ms} ms without it takes ${kvm.ms} ms with it`;
  } finally {
    removeKvmProbe(scope, project);
  }
}

/** Takes away what a trial has left, also one that was cut off; its processes are among those that are at work. */
export function removeKvmProbe(scope: Pick<Scope, 'run'>, project: string): void {
  rmSync(folderOf(scope, project), { recursive: true, force: true });
}

function folderOf({ run }: Pick<Scope, 'run'>, project: string): string {
  return `${run}/kvm-probe-${project}`;
}

async function run(
  runner: CommandRunner,
  qemu: string,
  rom: string,
  accelerator: Accelerator,
): Promise<{ readonly ms: number } | { readonly why: string }> {
  const argv = [
    ...[qemu, '-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-accel', accelerator],
    ...['-m', '16', '-bios', rom, '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
  ];
  const began = performance.now();
  try {
    const ended = await runner.finish({ argv, effect: 'change', timeout: patience[accelerator], grace: 0 });
    const words = oneLine(ended.stderr) || `exit status ${ended.code}`;
    return ended.code === expectedStatus ? { ms: Math.round(performance.now() - began) } : { why: words };
  } catch (error) {
    if (!(error instanceof NovaError) || error.code !== 'host.timeout') throw error;
    return { why: `a tiny machine did not run within ${patience[accelerator] / 1000} s` };
  }
}

/** What isa-debug-exit makes of the byte that the ROM writes: twice it, and one. */
const expectedStatus = 0x10 * 2 + 1;

/** A ROM whose code is at the reset vector: counts to 50 million, then writes 0x10 to port 0xf4. */
function countingRom(): Buffer {
  const rom = Buffer.alloc(0x10000);
  const code = [
    ...[0x66, 0xb9, 0x80, 0xf0, 0xfa, 0x02], // mov ecx, 50000000
    ...[0x66, 0x49], // dec ecx
    ...[0x75, 0xfc], // jnz to the line before
    ...[0xb0, 0x10], // mov al, 0x10
    ...[0xe6, 0xf4], // out 0xf4, al
    0xf4, // hlt
  ];
  Buffer.from(code).copy(rom, 0xfff0);
  return rom;
}
