import type { NetworkSpec } from '../../schema/network.ts';
import { originOf } from '../past.ts';
import { needsForwarding, networkRules } from './networkRules.ts';
import { replaceRules, rulesOf } from './ruleset.ts';
import type { Task } from './task.ts';

/** Leaves exactly the rules of a spec; without one, none. */
export async function setRules({ host, place, deps }: Task, spec: NetworkSpec | undefined): Promise<void> {
  const seen = rulesOf(await host.view().tables(), place.table, place.address, place.former);
  const expected = spec === undefined ? [] : networkRules(place, spec, deps);
  const commands = replaceRules(place.table, place.address, seen, expected);
  if (commands.length > 0) await host.filter.change(commands);
}

/** Adds what is missing of the rules of a spec: a bridge is never under a name without rules for it. */
export async function addRules({ host, place, deps }: Task, spec: NetworkSpec): Promise<void> {
  const seen = rulesOf(await host.view().tables(), place.table, place.address, place.former);
  const commands = replaceRules(place.table, place.address, seen, networkRules(place, spec, deps));
  const added = commands.filter((command) => !('delete' in command));
  if (added.length > 0) await host.filter.change(added);
}

/** Counts the network among those that need forwarding, or not any more. */
export async function setForwarding({ host, place }: Task, spec: NetworkSpec | undefined): Promise<void> {
  const user = `${host.project}/${originOf(place.scope, place.address)}`;
  if (spec !== undefined && needsForwarding(spec))
    await host.sysctls.borrow('net.ipv4.ip_forward', '1', user);
  else await host.sysctls.giveBack('net.ipv4.ip_forward', user);
}
