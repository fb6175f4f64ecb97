import { batched, type Outcome } from './coalesce.ts';
import { commandError } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import type { Filter, FilterCommand } from './host.ts';

type Group = readonly FilterCommand[];

/** nftables by one transaction for everyone who is ready; when that one is refused, by one for each. */
export function createFilter(runner: CommandRunner, namespace: string | undefined): Filter {
  const send = (commands: Group) => transact(runner, commands, namespace);
  const queue = batched<Group, void>(async (groups) => {
    const together = await send(groups.flat());
    if (groups.length === 1 || together.status === 'fulfilled') return groups.map(() => together);
    const outcomes: Outcome<void>[] = [];
    for (const group of groups) outcomes.push(await send(group));
    return outcomes;
  });
  return {
    change: async (commands) => {
      if (commands.length > 0) await queue(commands);
    },
    // It is asked over a socket, in whatever network namespace.
    trust: async (link, trusted) => {
      const word = trusted ? 'change' : 'remove';
      const argv = ['firewall-cmd', '--quiet', '--zone=trusted', `--${word}-interface=${link}`];
      await runner.run({ argv, effect: 'change' });
    },
  };
}

async function transact(
  runner: CommandRunner,
  commands: Group,
  namespace: string | undefined,
): Promise<Outcome<void>> {
  const argv = ['nft', '-j', '-f', '-'];
  const input = JSON.stringify({ nftables: commands });
  const ended = await runner.finish({ argv, effect: 'change', input, namespace });
  if (ended.code === 0) return { status: 'fulfilled', value: undefined };
  // What it prints about JSON has no line numbers that mean anything; the reason itself is on the first line.
  const stderr = ended.stderr.replaceAll('internal:0:0-0: ', '');
  return { status: 'rejected', reason: commandError(argv, { ...ended, stderr }) };
}
