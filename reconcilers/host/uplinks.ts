import { setTimeout as sleep } from 'node:timers/promises';

import { NovaError } from '../../schema/errors.ts';
import type { Scope } from '../identity.ts';
import { localCgroups } from './cgroups.ts';
import { type Armed, ask, guardFiles, readArmed, readSaid, type Said } from './guard/armed.ts';
import { fenced } from './guard/fence.ts';
import type { Files, HostView, Links, Processes } from './host.ts';
import { namespaceInode, ownNamespaceInode } from './netns.ts';
import { ownProgram } from './ownProgram.ts';
import type { GuardedChange, GuardPlace, Uplinks } from './uplinksPort.ts';
import { readMembers, readProcess } from './viewProcesses.ts';
import { workCgroupOf } from './workCgroup.ts';

/** Changes to the links by which the host is reached, each with a guard beside it. */
export function createUplinks(host: {
  readonly scope: Scope;
  readonly project: string;
  readonly links: Links;
  readonly files: Pick<Files, 'write' | 'remove'>;
  readonly processes: Pick<Processes, 'start'>;
  readonly view: () => Pick<HostView, 'links'>;
}): Uplinks {
  const { scope, project, links, files, processes, view } = host;

  const arm = async (change: GuardedChange): Promise<Said> => {
    const { folder, cgroup } = change;
    await files.write(guardFiles(folder).armed, JSON.stringify(armedFor(scope, project, change)));
    const up = async (): Promise<boolean> => readSaid(folder) !== undefined;
    try {
      await processes.start({ argv: [process.execPath, program, folder], cgroup, inNamespace: true, up });
    } catch (error) {
      // One that has found a reason not to begin has said so, and has ended.
      if (readSaid(folder) === undefined) throw error;
    }
    return readSaid(folder) ?? { state: 'refused', why: 'it does not say how far it is' };
  };

  /** What a guard says in the end; one that was killed says no more, so that what it was for is done here. */
  const verdict = async ({ folder, cgroup }: GuardPlace): Promise<Said> => {
    for (;;) {
      const alive = readMembers(cgroup).size > 0;
      const said = readSaid(folder);
      if (said !== undefined && said.state !== 'armed') return said;
      if (!alive) return takeBack(folder, 'its guard has ended');
      await sleep(pause);
    }
  };

  const takeBack = async (folder: string, why: string): Promise<Said> => {
    const armed = readArmed(folder);
    if (armed === undefined || armed.namespace !== inodeOf(scope)) return { state: 'undone', why };
    const commands = fenced(armed.undo, armed.links, await view().links());
    // What is so already fails, and is as good as done.
    for (const command of commands) await links.change([command]).catch(ignoreFailure);
    return { state: 'undone', why };
  };

  const clear = async ({ folder, cgroup }: GuardPlace): Promise<void> => {
    await localCgroups.kill(cgroup, new AbortController().signal);
    await localCgroups.remove(cgroup);
    await files.remove(folder);
  };

  const settle = async (place: GuardPlace): Promise<void> => {
    // Whoever armed it is gone, and it knows that.
    if (readArmed(place.folder) !== undefined) await verdict(place);
    await clear(place);
  };

  return {
    settle,
    guarded: async (change) => {
      const { folder } = change;
      await settle(change);
      const said = await arm(change);
      if (said.state !== 'armed') {
        await clear(change);
        // There is nothing to lose by it.
        if (said.state === 'silent' && change.silence === 'go-on') return links.change(change.change);
        throw notBegun(said);
      }
      try {
        await links.change(change.change);
      } catch (error) {
        ask(folder, 'abandoned');
        await verdict(change);
        await clear(change);
        throw error;
      }
      ask(folder, 'made');
      const end = await verdict(change);
      await clear(change);
      if (end.state !== 'good') throw takenBack(end);
    },
  };
}

const program = ownProgram('reconcilers/host/guard/guard');

/** ms */
const pause = 20;

function armedFor(scope: Scope, project: string, { links, undo, witnesses, timeout }: GuardedChange): Armed {
  const namespace = inodeOf(scope);
  const startTime = readProcess(process.pid)?.startTime;
  if (namespace === undefined || startTime === undefined) {
    throw new NovaError('host.unknown', 'there is no telling in which network namespace a guard would be', {
      hint: 'see whether the namespace exists: ip netns',
    });
  }
  const nova = { pid: process.pid, startTime };
  return { namespace, links, undo, witnesses, timeout, work: workCgroupOf(scope, project), nova };
}

function inodeOf({ namespace }: Scope): number | undefined {
  return namespace === undefined ? ownNamespaceInode() : namespaceInode(namespace);
}

function notBegun({ state, why = 'no reason given' }: Said): NovaError {
  if (state === 'silent') {
    return new NovaError('network.cut-off', `nothing was changed: ${why} does not answer even now`, {
      hint: 'set confirm_address to an address that does, by which it is told that the host is still reachable',
    });
  }
  return new NovaError('internal', `nothing was changed: ${why}`, { hint: 'report this' });
}

function takenBack({ why = 'no reason given' }: Said): NovaError {
  return new NovaError('network.cut-off', `the change was taken back: ${why}`, {
    hint: 'see what stands between this host and its gateway, as a packet filter that names the interface; or set confirm_address or a longer confirm_timeout',
  });
}

function ignoreFailure(error: unknown): void {
  if (!(error instanceof NovaError) || error.code !== 'host.command') throw error;
}
