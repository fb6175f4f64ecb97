import { NovaError } from '../../../schema/errors.ts';
import { registry } from '../../../reconcilers/registry.ts';
import { runtimeExec } from '../../../reconcilers/host/local.ts';
import { identityOf } from '../../../reconcilers/identity.ts';
import { exitCodes } from '../exitCodes.ts';
import { loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { resourceNamed } from '../subject.ts';
import { lookFrom } from '../whereabouts.ts';

/** Runs a command in a running container, on this terminal; the exit code is the command's own. */
export async function exec(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  const { manifest } = project;
  const resource = resourceNamed(manifest, 'container', options.subject);
  const view = await lookFrom(options, manifest);
  const { scope } = view;
  const observation = (await registry.container.observe(view, [resource])).wanted.get(resource.address);
  const state =
    observation?.status === 'present'
      ? registry.container.describe(observation.seen).state
      : observation?.status;
  if (state !== 'running') {
    const hint = '`nova apply` starts it; `nova logs` shows what it last said';
    throw new NovaError('capsule.exited', `${resource.address} is not running: ${state ?? 'absent'}`, {
      hint,
    });
  }
  const id = identityOf(scope, manifest.project, resource.address);
  const tty = process.stdin.isTTY && process.stdout.isTTY;
  return runtimeExec({ scope, id, argv: options.argv, tty });
}
