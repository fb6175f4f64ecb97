import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

import type { Scope } from '../identity.ts';
import { NovaError } from '../../schema/errors.ts';
import type { CommandRunner } from './commandRunner.ts';
import { oneLine } from './commandError.ts';
import { onFile } from './fileErrors.ts';
import type { Accelerator } from './view.ts';

/** ms that a machine of fifteen bytes has to run without KVM, and has at least with it */
const patience = { tcg: 20_000, kvm: 2_000 } as const;

/**
 * Runs a machine of fifteen bytes without KVM, then with it. Returns undefined when KVM is worth using, else why not: a
 * device file that opens says nothing about the processor behind it. KVM has as long as it may take to be worth using,
 * twice as long as without it: where all is slow, as in a machine that is emulated itself, it is slow too.
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
    const tcg = await run(runner, qemu, rom, 'tcg', patience.tcg);
    const allowed = 2 * ('why' in tcg ? patience.tcg : tcg.ms);
    const kvm = await run(runner, qemu, rom, 'kvm', Math.max(patience.kvm, allowed));
    const without = 'why' in tcg ? '' : ` that takes ${tcg.ms} ms without it`;
    if ('why' in kvm) return kvm.late ? `a tiny machine${without} ${kvm.why}` : kvm.why;
    return kvm.ms <= allowed ? undefined : `a tiny machine${without} takes ${kvm.ms} ms with it`;
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

type Trial =
  | { readonly ms: number }
  /** `late` when it was ended for its time. */
  | { readonly why: string; readonly late: boolean };

async function run(
  runner: CommandRunner,
  qemu: string,
  rom: string,
  accelerator: Accelerator,
  timeout: number,
): Promise<Trial> {
  const argv = [
    ...[qemu, '-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-accel', accelerator],
    ...['-m', '16', '-bios', rom, '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
  ];
  const began = performance.now();
  try {
    const ended = await runner.finish({ argv, effect: 'change', timeout, grace: 0 });
    if (ended.code === expectedStatus) return { ms: Math.round(performance.now() - began) };
    return { why: oneLine(ended.stderr) || `exit status ${ended.code}`, late: false };
  } catch (error) {
    if (!(error instanceof NovaError) || error.code !== 'host.timeout') throw error;
    return { why: `did not run within ${timeout / 1000} s with it`, late: true };
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
