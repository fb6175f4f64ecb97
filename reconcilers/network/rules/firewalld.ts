import type { Address } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { FilterTable, Process } from '../../host/view.ts';
import { oncePer } from '../../oncePer.ts';
import type { Dependencies } from '../../reconciler.ts';
import { needsDnsmasq } from '../dnsmasq/dnsmasqConf.ts';
import { needsAnyForwarding } from './networkRules.ts';

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
  const zones = aboutNames(table).get(bridge);
  if (zones === undefined) return 'rejects';
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
  return aboutNames(table).has(bridge);
}

/** Texts of rules by each word that stands in them alone, as a name of a link does. */
const aboutNames = oncePer(({ rules }: FilterTable): ReadonlyMap<string, readonly string[]> => {
  const texts = new Map<string, string[]>();
  for (const { expr } of rules) {
    const text = JSON.stringify(expr);
    for (const word of new Set(wordsIn(expr))) {
      const known = texts.get(word);
      if (known === undefined) texts.set(word, [text]);
      else known.push(text);
    }
  }
  return texts;
});

function wordsIn(part: unknown): readonly string[] {
  if (typeof part === 'string') return [part];
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(wordsIn) : [];
}

/** Whether members of a network of this host's own have to be let through by it. */
export function needsTrust(address: Address, spec: NetworkSpec, deps: Dependencies): boolean {
  if (spec.profile === 'external') return false;
  return needsAnyForwarding(address, spec, deps) || needsDnsmasq(spec);
}
