import type { NetworkSpec } from '../../schema/network.ts';
import { acceptCommands, foreignSeen } from './foreignForward.ts';
import { needsForwarding, needsForwarding6, networkRules } from './networkRules.ts';
import { ownChains } from './policyRules.ts';
import { replaceRules, rulesOf } from './ruleset.ts';
import type { Task } from './task.ts';

/** Leaves exactly the rules of a spec; without one, none. */
export async function setRules({ host, place, deps }: Task, spec: NetworkSpec | undefined): Promise<void> {
  const tables = await host.view().tables();
  const seen = rulesOf(tables, place.table, place.address, place.former, ownChains(place));
  const expected = spec === undefined ? [] : networkRules(place, spec, deps);
  const commands = [
    ...replaceRules(place.table, place.address, seen, expected),
    ...acceptCommands(
      place,
      foreignSeen(tables, place),
      spec !== undefined && (needsForwarding(spec) || needsForwarding6(spec)),
    ),
  ];
  if (commands.length > 0) await host.filter.change(commands);
}

/** Adds what is missing of the rules of a spec: a bridge is never under a name without rules for it. */
export async function addRules({ host, place, deps }: Task, spec: NetworkSpec): Promise<void> {
  const seen = rulesOf(
    await host.view().tables(),
    place.table,
    place.address,
    place.former,
    ownChains(place),
  );
  const commands = replaceRules(place.table, place.address, seen, networkRules(place, spec, deps));
  const added = commands.filter((command) => !('delete' in command));
  if (added.length > 0) await host.filter.change(added);
}
