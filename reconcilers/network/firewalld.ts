import type { NetworkSpec } from '../../schema/network.ts';
import type { FilterTable, Process } from '../host/view.ts';
import { oncePer } from '../oncePer.ts';
import { needsDnsmasq } from './dnsmasqConf.ts';
import { needsForwarding, needsForwarding6 } from './networkRules.ts';

/**
 * firewalld rejects what comes by a link that it was told nothing of: what members ask this host (DHCP, names) and what it
 * forwards. It has rules that it makes anew whenever it likes, so that it has to be told by its own command.
 */
export type FirewalldSeen = 'rejects' | 'trusts' | 'in another zone';

/** Undefined: it is not there. @param runs whether it is at work in the namespace */
export function firewalldSeen(
  tables: readonly FilterTable[],
  bridge: string,
  runs: boolean,
): FirewalldSeen | undefined {
  const table = tables.find(isFirewallds);
  if (table === undefined || !runs) return undefined;
  if (!knowsBridge(table, bridge)) return 'rejects';
  const word = JSON.stringify(bridge);
  const zones = table.rules.map(({ expr }) => JSON.stringify(expr)).filter((text) => text.includes(word));
  return zones.some((text) => text.includes('_trusted"')) ? 'trusts' : 'in another zone';
}

/** It is a program of Python's. */
export function firewalldRuns(
  processes: ReadonlyMap<number, Process>,
  namespace: number | undefined,
): boolean {
  return processes
    .values()
    .some(({ argv, netns }) => netns === namespace && argv.some((word) => /(^|\/)firewalld$/.test(word)));
}

export function isFirewallds({ family, name }: FilterTable): boolean {
  return family === 'inet' && name === 'firewalld';
}

/** Somebody has thought of the bridge. */
export function knowsBridge(table: FilterTable, bridge: string): boolean {
  return textOf(table).includes(JSON.stringify(bridge));
}

const textOf = oncePer(({ rules }: FilterTable) => JSON.stringify(rules.map(({ expr }) => expr)));

/** Whether members of a network of this host's own have to be let through by it. */
export function needsTrust(spec: NetworkSpec): boolean {
  if (spec.profile === 'external') return false;
  return needsForwarding(spec) || needsForwarding6(spec) || needsDnsmasq(spec);
}
