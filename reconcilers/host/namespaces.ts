import { rmSync, statSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import { commandError } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import type { Links, Namespaces } from './host.ts';
import { namespaceInode } from './netns.ts';

/** Named network namespaces, as `ip netns` keeps them under /run/netns. */
export function createNamespaces(runner: CommandRunner, links: Links): Namespaces {
  return {
    ensure: async (name, mark) => {
      if (namespaceInode(name) === undefined) await add(runner, ['add', checked(name)]);
      const set = ['link', 'set', 'dev', 'lo'];
      await links.change([{ argv: [...set, 'up'] }, { argv: [...set, 'alias', mark] }], name);
    },
    attach: async (name, pid) => {
      const there = namespaceInode(name);
      const wanted = statSync(`/proc/${pid}/ns/net`, { throwIfNoEntry: false })?.ino;
      if (there !== undefined && there === wanted) return;
      if (there !== undefined) {
        throw new NovaError('host.foreign', `the name ${name} belongs to another network namespace`, {
          hint: `see what it is: ip netns pids ${name}`,
        });
      }
      await add(runner, ['attach', checked(name), String(pid)]);
    },
    remove: async (name) => {
      const argv = ['ip', 'netns', 'delete', checked(name)];
      const ended = await runner.finish({ argv, effect: 'change' });
      if (ended.code !== 0 && !/No such file/.test(ended.stderr)) throw commandError(argv, ended);
    },
  };
}

/** Of two that make one name at the same moment, the second is told that it exists: that is as good. */
async function add(runner: CommandRunner, words: readonly [string, string, ...string[]]): Promise<void> {
  const [, name] = words;
  // Left by one that was killed between making the file and mounting the namespace on it.
  rmSync(`/run/netns/${name}`, { force: true });
  const argv = ['ip', 'netns', ...words];
  const ended = await runner.finish({ argv, effect: 'change' });
  if (ended.code !== 0 && namespaceInode(name) === undefined) throw commandError(argv, ended);
}

function checked(name: string): string {
  if (/^[\w][\w.-]*$/.test(name)) return name;
  throw new NovaError('internal', `${JSON.stringify(name)} cannot be the name of a network namespace`);
}
