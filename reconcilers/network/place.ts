import type { Address } from '../../schema/manifest.ts';
import {
  formatMark,
  identityOf,
  macOf,
  parseMark,
  tableName,
  temporaryLinkName,
  type Scope,
} from '../identity.ts';
import { bridgeName } from './names.ts';
import { networkPaths, type NetworkPaths } from './paths.ts';

/** Where everything of one network is, and how it is known again: a function of scope, project and name. */
export interface Place {
  readonly address: Address;
  readonly mark: string;
  readonly bridge: string;
  /** Name of the bridge until it carries its mark. */
  readonly temporary: string;
  readonly mac: string;
  /** The project's nftables table. */
  readonly table: string;
  readonly cgroup: string;
  readonly paths: NetworkPaths;
  /** Its name carries the mark. */
  readonly pidFile: string;
  /** The word on dnsmasq's command line that names its configuration. */
  readonly configOption: string;
  readonly argv: readonly string[];
}

/** @param address `network.NAME` */
export function placeOf(scope: Scope, project: string, address: Address): Place {
  const identity = identityOf(scope, project, address);
  const mark = formatMark({ scope: scope.id, project, address });
  const paths = networkPaths(scope, identity);
  const pidFile = `${paths.folder}/${encodeURIComponent(mark)}.pid`;
  const configOption = `--conf-file=${paths.config}`;
  return {
    address,
    mark,
    bridge: bridgeName(scope, project, address.slice('network.'.length)),
    temporary: temporaryLinkName(scope, identity),
    mac: macOf(identity),
    table: tableName(scope, project),
    cgroup: `/nova/${scope.id}/${identity}`,
    paths,
    pidFile,
    configOption,
    argv: ['dnsmasq', configOption, `--pid-file=${pidFile}`],
  };
}

/** The network that a dnsmasq serves, told from its command line alone. */
export function addressOfDnsmasq(
  scope: Scope,
  project: string,
  argv: readonly string[],
): Address | undefined {
  const encoded = argv
    .map((word) => /^--pid-file=.*\/([^/]+)\.pid$/.exec(word)?.[1])
    .find((name) => name !== undefined);
  return addressOfMark(scope, project, decode(encoded ?? ''));
}

/** The network that a mark of this scope and project names. */
export function addressOfMark(scope: Scope, project: string, text: string | undefined): Address | undefined {
  const mark = parseMark(text);
  const ours = mark?.scope === scope.id && mark.project === project && mark.part === undefined;
  return ours && mark.address.startsWith('network.') ? mark.address : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
