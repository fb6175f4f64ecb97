import type { NovaError } from '../../schema/errors.ts';
import { batched, type Outcome } from './coalesce.ts';
import { failure } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import type { LinkCommand, Links } from './host.ts';
import { batchOutcomes, batchText, isTolerated } from './linkBatch.ts';
import { namespaceInode } from './netns.ts';

type Group = readonly LinkCommand[];

interface Place {
  readonly namespace: string | undefined;
  readonly family: 4 | 6;
}

/** Links by one `ip -batch` per namespace for everyone who is ready. */
export function createLinks(runner: CommandRunner, scopeNamespace: string | undefined): Links {
  const queues = new Map<string, (group: Group) => Promise<void>>();
  return {
    change: async (commands, namespace = scopeNamespace, family = 4) => {
      if (commands.length === 0) return;
      batchText(commands);
      const place = { namespace, family };
      const key = `${family} ${namespace ?? ''}`;
      const queue = queues.get(key) ?? batched<Group, void>((groups) => changeGroups(runner, groups, place));
      queues.set(key, queue);
      await queue(commands);
    },
  };
}

/**
 * Every group ends in one answer. A command that makes `ip` stop fails its own group; what it kept from running is sent
 * again.
 */
async function changeGroups(
  runner: CommandRunner,
  groups: readonly Group[],
  place: Place,
): Promise<Outcome<void>[]> {
  const errors = new Map<Group, NovaError>();
  let left = groups.flatMap((group) => group.map((command) => ({ group, command })));
  while (left.length > 0) {
    const outcomes = await runBatch(
      runner,
      left.map((entry) => entry.command),
      place,
    );
    left.forEach(({ group, command }, index) => {
      const outcome = outcomes[index];
      if (typeof outcome !== 'object' || isTolerated(command, outcome.failed) || errors.has(group)) return;
      errors.set(group, failure(['ip', ...command.argv], outcome.failed));
    });
    left = left.filter(({ group }, index) => outcomes[index] === 'unreached' && !errors.has(group));
  }
  return groups.map((group) => {
    const reason = errors.get(group);
    return reason === undefined ? { status: 'fulfilled', value: undefined } : { status: 'rejected', reason };
  });
}

async function runBatch(
  runner: CommandRunner,
  commands: readonly LinkCommand[],
  { namespace, family }: Place,
) {
  if (namespace !== undefined && namespaceInode(namespace) === undefined) {
    return commands.map(() => ({ failed: `the network namespace ${namespace} does not exist` }));
  }
  const finished = await runner.finish({
    argv: ['ip', ...(family === 6 ? ['-6'] : []), '-force', '-o', '-batch', '-'],
    effect: 'change',
    input: batchText(commands),
    namespace,
    // Taking away a bridge alone can cost 36 ms.
    timeout: 30_000 + commands.length * 100,
  });
  return batchOutcomes(commands.length, finished);
}
