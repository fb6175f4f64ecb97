import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';

import type { Scope } from '../identity.ts';
import { probeKvm } from './acceleratorProbe.ts';
import type { CommandRunner } from './commandRunner.ts';
import { onFile } from './fileErrors.ts';
import { findTool, requireTool } from './tools.ts';
import type { Accelerator } from './view.ts';

export interface AcceleratorFound {
  readonly choice: Accelerator;
  /** Why not KVM. */
  readonly why: string;
}

/** What runs machines best here. Rejects with `capability.missing` when there is no QEMU. */
export type AcceleratorChoice = () => Promise<AcceleratorFound>;

/**
 * Finds it by trying, once for a start of the machine and a build of the program: the answer is kept in
 * `accelerator.json` of the scope.
 */
export function createAcceleratorChoice(
  scope: Scope,
  project: string,
  runner: CommandRunner,
): AcceleratorChoice {
  let chosen: Promise<AcceleratorFound> | undefined;
  return () => {
    const known = rememberedAccelerator(scope);
    chosen ??= known === undefined ? choose(scope, project, runner) : Promise.resolve(known);
    // What was missing may be there at the next call.
    chosen.catch(() => (chosen = undefined));
    return chosen;
  };
}

/** What was found earlier; undefined while it would have to be tried. Changes nothing. */
export function rememberedAccelerator(scope: Scope): AcceleratorFound | undefined {
  if (process.arch !== 'x64') return { choice: 'tcg', why: 'machines are x86-64, and this host is not' };
  if (!existsSync('/dev/kvm')) return { choice: 'tcg', why: 'there is no /dev/kvm' };
  try {
    const { choice, why, tried } = JSON.parse(readFileSync(file(scope), 'utf8')) as Partial<Remembered>;
    const qemu = findTool(program);
    if (qemu === undefined || tried !== fingerprint(qemu) || why === undefined) return undefined;
    return choice === 'kvm' || choice === 'tcg' ? { choice, why } : undefined;
  } catch {
    // Not there, or not whole: it is tried again.
    return undefined;
  }
}

const program = 'qemu-system-x86_64';

interface Remembered extends AcceleratorFound {
  /** The boot and the file that it was tried in and with. */
  readonly tried: string;
}

async function choose(scope: Scope, project: string, runner: CommandRunner): Promise<AcceleratorFound> {
  const qemu = requireTool(program);
  const why = await probeKvm(scope, project, runner, qemu);
  const found: AcceleratorFound = { choice: why === undefined ? 'kvm' : 'tcg', why: why ?? '' };
  await onFile('cannot remember whether KVM works', () =>
    remember(scope, { ...found, tried: fingerprint(qemu) }),
  );
  return found;
}

function remember(scope: Scope, found: Remembered): void {
  mkdirSync(scope.run, { recursive: true });
  writeFileSync(`${file(scope)}.tmp`, JSON.stringify(found));
  renameSync(`${file(scope)}.tmp`, file(scope));
}

function file(scope: Scope): string {
  return `${scope.run}/accelerator.json`;
}

function fingerprint(path: string): string {
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${statSync(path).mtimeMs}`;
}
