import type { Address } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { FilterCommand } from '../../host/host.ts';
import type { FilterTable } from '../../host/view.ts';
import { identityOf } from '../../identity.ts';
import type { Dependencies } from '../../reconciler.ts';
import { isFirewallds, knowsBridge } from './firewalld.ts';
import { needsAnyForwarding } from './networkRules.ts';
import type { RulesPlace } from './parties.ts';
import { meta, spelled } from './statements.ts';

/**
 * Tables of others through which what a network forwards has to pass as well. Docker drops what it does not know, and has a chain
 * for what others want to be let through. An accept in it says only that Docker has nothing against it: what Nova's own table
 * drops is dropped all the same, so that these rules, too, may come in any order with those of others.
 */
export interface ForeignSeen {
  /** Families in which Docker drops what nobody has accepted. */
  readonly dropping: readonly string[];
  /** The network's rules in Docker's chain. */
  readonly rules: readonly {
    readonly family: string;
    readonly handle: number;
    readonly expr: readonly unknown[];
  }[];
}

const table = 'filter';
const chain = 'DOCKER-USER';
const accept = { accept: null };

export function foreignSeen(tables: readonly FilterTable[], place: RulesPlace): ForeignSeen {
  const comment = commentOf(place);
  const dockers = tables.filter(isDockers);
  return {
    dropping: dockers.filter(drops).map(({ family }) => family),
    rules: dockers.flatMap(({ family, rules }) =>
      rules
        .filter((rule) => rule.chain === chain && rule.comment === comment)
        .map(({ handle, expr }) => ({ family, handle, expr })),
    ),
  };
}

/**
 * What of a network's passes this host. `bridged`: only from port to port, which Docker sees where `br_netfilter` is on, as
 * it likes to have it.
 */
export type Passing = 'forwarded' | 'bridged' | 'nothing';

export function passingOf(address: Address, spec: NetworkSpec | undefined, deps: Dependencies): Passing {
  // Members of a macvlan do not pass this host.
  if (spec?.type !== 'bridge') return 'nothing';
  return needsAnyForwarding(address, spec, deps) ? 'forwarded' : 'bridged';
}

/** One transaction after which Docker lets a network's packets through as far as that is needed; `[]`: it is so already. */
export function acceptCommands(
  place: RulesPlace,
  { dropping, rules }: ForeignSeen,
  passing: Passing,
): readonly FilterCommand[] {
  const [by, to] = [meta('iifname', '==', place.bridge), meta('oifname', '==', place.bridge)];
  const ways = { forwarded: [[by], [to]], bridged: [[by, to]], nothing: [] }[passing];
  const wanted = dropping.flatMap((family) => ways.map((way) => ({ family, expr: [...way, accept] })));
  const left = [...rules];
  const missing = wanted.filter((rule) => {
    const at = left.findIndex((seen) => keyOf(seen) === keyOf(rule));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  const comment = commentOf(place);
  return [
    ...missing.map(({ family, expr }) => ({ insert: { rule: { family, table, chain, expr, comment } } })),
    ...left.map(({ family, handle }) => ({ delete: { rule: { family, table, chain, handle } } })),
  ];
}

/** One transaction after which they are there as they were, and nobody's. */
export function releaseAccepts({ rules }: ForeignSeen): readonly FilterCommand[] {
  return rules.flatMap(({ family, handle, expr }) => [
    { insert: { rule: { family, table, chain, expr } } },
    { delete: { rule: { family, table, chain, handle } } },
  ]);
}

/**
 * Other tables that drop what a network forwards, for a person to read, with what to do.
 * @param firewalld whether it is at work: then it is told
 */
export function hindrances(
  tables: readonly FilterTable[],
  { bridge }: RulesPlace,
  firewalld = false,
): readonly string[] {
  return tables.flatMap((each) => {
    if (isDockers(each)) return [];
    if (isFirewallds(each))
      return firewalld || knowsBridge(each, bridge)
        ? []
        : [
            `table inet firewalld, which rejects what ${bridge} forwards, and no firewalld is at work: start it, or nft delete table inet firewalld`,
          ];
    // What bridges a table knows is asked last: this project's own has rules for all of them.
    if (!drops(each) || knowsBridge(each, bridge)) return [];
    const name = each.chains.find(isForwardDrop)?.name ?? '';
    return [`chain ${name} of table ${each.family} ${each.name}, which drops what ${bridge} forwards`];
  });
}

function isDockers({ family, name, chains }: FilterTable): boolean {
  return (
    (family === 'ip' || family === 'ip6') && name === table && chains.some((each) => each.name === chain)
  );
}

function drops({ family, chains }: FilterTable): boolean {
  return ['ip', 'ip6', 'inet'].includes(family) && chains.some(isForwardDrop);
}

function isForwardDrop({ hook, policy }: FilterTable['chains'][number]): boolean {
  return hook === 'forward' && policy === 'drop';
}

/** The mark would be too long: a comment has 128 bytes. */
function commentOf({ scope, project, address }: RulesPlace): string {
  return `nova:${scope.id}/${identityOf(scope, project, address)}`;
}

function keyOf({ family, expr }: { readonly family: string; readonly expr: readonly unknown[] }): string {
  return `${family} ${spelled(expr)}`;
}
