import { mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { basename } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import type { Scope } from '../identity.ts';
import { commandError } from './commandError.ts';
import type { CommandRunner, Finished } from './commandRunner.ts';
import { conmonArgv, startConmon } from './conmon.ts';
import { isAbsence, onFile } from './fileErrors.ts';
import type { Runtime, RuntimeContainer } from './host.ts';
import type { RuntimeChoice } from './runtimeChoice.ts';
import { runtimeRoot, runtimeState, runtimeThatMade, socketFolder } from './runtimeFiles.ts';
import { runtimeMessage } from './runtimeMessage.ts';
import { whileMaking } from './sharedFolders.ts';
import { readProcess } from './viewProcesses.ts';
import { isSwapLimited, updateResources } from './runtimeResources.ts';

/** Capsules by conmon and the OCI runtime that works here. */
export function createRuntime(scope: Scope, runner: CommandRunner, choose: RuntimeChoice): Runtime {
  const remove = (id: string) => deleteContainer(scope, runner, id);
  const commands = async (container: RuntimeContainer) => {
    const runtime = [await choose(), '--root', runtimeRoot(scope)];
    return { conmon: conmonArgv(container, runtime, socketFolder(scope)), runtime };
  };
  return {
    commands,
    create: async (container) => {
      const { conmon } = await commands(container);
      await remove(container.id);
      await whileMaking(async () => {
        await onFile('cannot make the folder for sockets', () =>
          mkdirSync(socketFolder(scope), { recursive: true, mode: 0o700 }),
        );
        await startConmon(conmon, container, runner.recorder);
      });
    },
    start: async (id) => {
      if (runtimeThatMade(scope, id) === undefined) throw startError(id, 'it was not created');
      const ended = await call(scope, runner, id, ['start', id]);
      if (ended.code !== 0) throw startError(id, runtimeMessage(ended.stderr));
    },
    resume: async (id) => succeed(['resume', id], await call(scope, runner, id, ['resume', id])),
    update: async (id, limits) => {
      const resources = updateResources(limits, isSwapLimited(`/nova/${scope.id}/${id}/capsule`));
      const words = ['update', '--resources', '/dev/stdin', id];
      succeed(words, await call(scope, runner, id, words, JSON.stringify(resources)));
    },
    setHostname: async ({ pid, startTime }, name) => {
      if (readProcess(pid)?.startTime !== startTime) return;
      const argv = ['nsenter', '--target', String(pid), '--uts', 'hostname', name] as const;
      await runner.run({ argv: [...argv], effect: 'change' });
    },
    delete: remove,
  };
}

/** Words for the runtime that made the capsule, with the arguments before them; throws `host.command` when there is none. */
export function runtimeArgv(scope: Scope, id: string, words: readonly string[]): [string, ...string[]] {
  const runtime = runtimeThatMade(scope, id);
  if (runtime !== undefined) return [runtime, '--root', runtimeRoot(scope), ...words];
  throw new NovaError('host.command', `the OCI runtime knows no capsule ${id}`, {
    hint: 'run `nova apply` to make it again',
  });
}

async function call(
  scope: Scope,
  runner: CommandRunner,
  id: string,
  words: readonly string[],
  input = '',
): Promise<Finished> {
  return await runner.finish({ argv: runtimeArgv(scope, id, words), effect: 'change', input });
}

function startError(id: string, why: string): NovaError {
  const hint = 'check its command and what is in the capsule, then run again';
  return new NovaError('capsule.start', `capsule ${id} cannot be started: ${why}`, { hint });
}

function succeed(words: readonly string[], ended: Finished): void {
  if (ended.code !== 0) throw commandError(words, { ...ended, stderr: runtimeMessage(ended.stderr) });
}

async function deleteContainer(scope: Scope, runner: CommandRunner, id: string): Promise<void> {
  if (runtimeThatMade(scope, id) !== undefined) {
    const words = ['delete', '--force', id];
    const argv = runtimeArgv(scope, id, words);
    const ended = await runner.finish({ argv, effect: 'change', timeout: 60_000 });
    if (ended.code !== 0 && runtimeThatMade(scope, id) !== undefined) succeed(words, ended);
  }
  // A runtime that was killed while it created leaves a folder that it does not take for a capsule afterwards.
  await onFile(`cannot remove the state of ${id}`, () => {
    rmSync(runtimeState(scope, id), { recursive: true, force: true });
    removeSockets(socketFolder(scope), id);
  });
}

/** conmon makes a link named by the capsule's UUID to its bundle, whose name is the capsule's, and leaves it there. */
function removeSockets(folder: string, id: string): void {
  try {
    for (const name of readdirSync(folder)) {
      if (name === id || basename(readlinkSync(`${folder}/${name}`)) === id)
        rmSync(`${folder}/${name}`, { force: true });
    }
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}
