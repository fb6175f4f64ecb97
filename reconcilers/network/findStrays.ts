import type { Address } from '../../schema/manifest.ts';
import type { FilterTable, HostView, Link, Process } from '../host/view.ts';
import { tableName, type Mark } from '../identity.ts';
import { marksAmong } from '../ownerMarks.ts';
import { presentName } from '../past.ts';
import { leasesParent, networkPaths, networksFolder } from './paths.ts';
import { addressOfMark, configWord, markOfDnsmasq } from './place.ts';
import { owners } from './rules/projectTable.ts';

/** The marks on everything of this project's networks that is marked anew when one is renamed. */
export async function marks(view: HostView): Promise<readonly Mark[]> {
  return marksAmong(view, 'network', await markTexts(view, await view.links()));
}

/**
 * Networks of which anything at all is left: a bridge, rules, a dnsmasq, or folders. Each part tells by itself whose
 * it is.
 */
export async function findStrays(
  view: HostView,
  parts: {
    readonly links: readonly Link[];
    readonly tables: readonly FilterTable[];
    readonly processes: ReadonlyMap<number, Process>;
  },
): Promise<readonly Address[]> {
  const { scope, project } = view;
  const ruled = owners(parts.tables, tableName(scope, project))
    .filter((owner) => owner.startsWith('network.'))
    .map((owner) => presentName(scope, owner));
  const runs = `${configWord}${networksFolder(scope)}/`;
  const served = [...parts.processes.values()]
    .filter(({ argv }) => argv.some((word) => word.startsWith(runs)))
    .map(({ argv }) => markOfDnsmasq(argv));
  const texts = [...(await markTexts(view, parts.links)), ...served];
  const marked = texts.map((text) => addressOfMark(scope, project, text));
  return [...new Set([...marked, ...ruled].filter((address) => address !== undefined))].toSorted();
}

async function markTexts(view: HostView, links: readonly Link[]): Promise<readonly (string | undefined)[]> {
  const { scope } = view;
  const ownerFiles = async (parent: string, fileOf: (identity: string) => string) => {
    const names = (await view.list(parent)) ?? [];
    return Promise.all(names.map((identity) => view.read(fileOf(identity))));
  };
  const [folders, leases] = await Promise.all([
    ownerFiles(networksFolder(scope), (identity) => networkPaths(scope, identity).owner),
    ownerFiles(leasesParent(scope), (identity) => networkPaths(scope, identity).leasesOwner),
  ]);
  return [
    ...links.filter(({ kind }) => kind === 'bridge' || kind === 'vlan').map(({ alias }) => alias),
    ...folders,
    ...leases,
  ];
}
