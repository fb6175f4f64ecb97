import type { Address } from '../../schema/manifest.ts';
import type { FilterTable, HostView, Link, Process } from '../host/view.ts';
import { tableName } from '../identity.ts';
import { leasesParent, networkPaths, networksFolder } from './paths.ts';
import { addressOfDnsmasq, addressOfMark } from './place.ts';
import { owners } from './ruleset.ts';

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
  const ownerFiles = async (parent: string, fileOf: (identity: string) => string) => {
    const names = (await view.list(parent)) ?? [];
    return Promise.all(
      names.map(async (identity) => addressOfMark(scope, project, await view.read(fileOf(identity)))),
    );
  };
  const [folders, leases] = await Promise.all([
    ownerFiles(networksFolder(scope), (identity) => networkPaths(scope, identity).owner),
    ownerFiles(leasesParent(scope), (identity) => networkPaths(scope, identity).leasesOwner),
  ]);
  const runs = `--conf-file=${networksFolder(scope)}/`;
  const found = [
    ...parts.links
      .filter(({ kind }) => kind === 'bridge')
      .map(({ alias }) => addressOfMark(scope, project, alias)),
    ...owners(parts.tables, tableName(scope, project)).filter((owner) => owner.startsWith('network.')),
    ...[...parts.processes.values()]
      .filter(({ argv }) => argv.some((word) => word.startsWith(runs)))
      .map(({ argv }) => addressOfDnsmasq(scope, project, argv)),
    ...folders,
    ...leases,
  ];
  return [...new Set(found.filter((address) => address !== undefined))].toSorted();
}
