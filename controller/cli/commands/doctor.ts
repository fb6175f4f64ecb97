import { NovaError } from '../../../schema/errors.ts';
import { examineMachine } from '../../../reconcilers/host/local.ts';
import type { Finding } from '../../../reconcilers/host/examine.ts';
import { installCommand, installPackages } from '../../../reconcilers/host/packages.ts';
import type { Scope } from '../../../reconcilers/identity.ts';
import { doctorJson, doctorText } from '../../render/doctor.ts';
import { tidyRunFolder } from '../../runFolder.ts';
import { scopeAt } from '../../session.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import type { Invocation } from '../main.ts';

/**
 * Says of everything that resources may need whether it is there, why not, and how to get it; `--install` gets what
 * packages bring, after showing the command and asking.
 */
export async function doctor(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const scope = scopeAt(options);
  const before = await examine(scope);
  const packages = packagesOf(before);
  if (!options.install || packages.length === 0) return report(invocation, before);
  if (!options.json) invocation.io.out.write(`${doctorText(before, invocation.io.style)}\n`);
  await agreeTo(invocation, packages);
  await installPackages(packages, options.json ? 2 : 1);
  if (!options.json) invocation.io.out.write('\n');
  return report(invocation, await examine(scope));
}

async function examine(scope: Scope): Promise<readonly Finding[]> {
  try {
    return await examineMachine(scope);
  } finally {
    tidyRunFolder(scope);
  }
}

function packagesOf(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.flatMap(({ packages }) => packages))];
}

async function agreeTo({ io, options }: Invocation, packages: readonly string[]): Promise<void> {
  const command = installCommand(packages).join(' ');
  io.err.write(`This gets what is missing:\n\n  ${command}\n\n`);
  if (options.yes) return;
  const answer = await io.ask('Do you want to run it? Only `yes` is taken as a yes: ');
  if (answer?.trim() === 'yes') return;
  const message =
    answer === undefined ? 'nobody is there to agree to it' : 'it was not agreed to; nothing was installed';
  throw new NovaError('plan.declined', message, {
    hint: 'agree beforehand with --yes, or run the command yourself',
  });
}

function report({ io, options }: Invocation, findings: readonly Finding[]): number {
  if (options.json) writeJson(io, doctorJson(findings, packagesOf(findings)));
  else io.out.write(doctorText(findings, io.style));
  return findings.every(({ there, needed }) => there || !needed) ? exitCodes.done : exitCodes.error;
}
