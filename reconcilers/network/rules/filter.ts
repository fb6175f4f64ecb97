import type { NetworkSpec } from '../../../schema/network.ts';
import { oneAtATime } from '../../host/coalesce.ts';
import type { Filter, FilterCommand } from '../../host/host.ts';
import type { FilterTable } from '../../host/view.ts';
import { firewalldRuns, firewalldSeen, isFirewallds, needsTrust } from './firewalld.ts';
import { acceptCommands, foreignSeen, passingOf } from './foreignForward.ts';
import { networkRules } from './networkRules.ts';
import { addsAgain } from './ownSets.ts';
import { ownChains } from './parties.ts';
import type { Place } from '../place.ts';
import { isFurtherRule, replaceRules, type Rule, rulesOf, type RulesSeen } from './ruleset.ts';
import type { Task } from '../task.ts';

/** Leaves exactly the rules of a spec; without one, none. */
export async function setRules(task: Task, spec: NetworkSpec | undefined): Promise<void> {
  const { place, deps } = task;
  const expected = spec === undefined ? [] : networkRules(place, spec, deps);
  await inTurn(task, expected, async (tables) => {
    const commands = [
      ...replaceRules(place.table, place.address, rulesAt(place, tables), expected),
      ...acceptCommands(place, foreignSeen(tables, place), passingOf(place.address, spec, deps)),
    ];
    await change(task, commands);
    await trust(task, tables, spec !== undefined && needsTrust(place.address, spec, deps));
  });
}

/** firewalld is told of the bridge, or that it is nobody's any more, where that is not so already. */
async function trust({ host, place }: Task, tables: Tables, trusted: boolean): Promise<void> {
  if (!tables.some(isFirewallds)) return;
  const view = host.view();
  const [processes, namespace] = await Promise.all([view.processes(), view.namespace()]);
  const seen = firewalldSeen(tables, place.bridge, firewalldRuns(processes, namespace));
  if (seen === (trusted ? 'rejects' : 'trusts')) await host.filter.trust(place.bridge, trusted);
}

/** Adds what is missing of the rules of a spec: a bridge is never under a name without rules for it. */
export async function addRules(task: Task, spec: NetworkSpec): Promise<void> {
  const { place, deps } = task;
  const expected = networkRules(place, spec, deps);
  await inTurn(task, expected, async (tables) => {
    const seen = rulesAt(place, tables);
    const commands = replaceRules(place.table, place.address, seen, expected);
    await change(
      task,
      commands.filter((command) => !('delete' in command || addsAgain(command, seen))),
    );
  });
}

type Tables = readonly FilterTable[];

/** What is there of a network. */
export function rulesAt(place: Place, tables: Tables): RulesSeen {
  return rulesOf(tables, place.table, place.address, place.former, ownChains(place));
}

async function change({ host }: Task, commands: readonly FilterCommand[]): Promise<void> {
  if (commands.length > 0) await host.filter.change(commands);
}

const turns = new WeakMap<Filter, ReturnType<typeof oneAtATime>>();

/**
 * A chain that is made when somebody needs it goes with the last rule in it, and the kernel takes along what another has
 * put into it meanwhile. So whoever has or gets rules there looks and changes in turn; all others do so together.
 */
async function inTurn(
  task: Task,
  expected: readonly Rule[],
  work: (tables: Tables) => Promise<void>,
): Promise<void> {
  const { filter } = task.host;
  const tables = await task.host.view().tables();
  if (![...expected, ...rulesAt(task.place, tables).rules].some(isFurtherRule)) return work(tables);
  const turn = turns.get(filter) ?? oneAtATime();
  turns.set(filter, turn);
  await turn(async () => work(await task.host.view().tables()));
}
