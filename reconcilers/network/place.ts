import type { Address } from '../../schema/manifest.ts';
import { formerOf, originOf } from '../past.ts';
import {
  formatMark,
  identityOf,
  macOf,
  markOf,
  ownedAddress,
  parseMark,
  tableName,
  temporaryLinkName,
  type Scope,
} from '../identity.ts';
import { bridgeName } from './names.ts';
import { networkPaths, type NetworkPaths } from './paths.ts';

/** Where everything of one network is, and how it is known again: a function of scope, project and name. */
export interface Place {
  readonly scope: Scope;
  readonly project: string;
  readonly address: Address;
  /** What it was called before. */
  readonly former: readonly Address[];
  readonly mark: string;
  readonly bridge: string;
  /** Name of the bridge until it carries its mark. */
  readonly temporary: string;
  readonly mac: string;
  /** The project's nftables table. */
  readonly table: string;
  readonly cgroup: string;
  readonly paths: NetworkPaths;
  /** Its name carries the mark as it was at first. */
  readonly pidFile: string;
  /** The word on dnsmasq's command line that names its configuration. */
  readonly configOption: string;
  readonly argv: readonly string[];
}

/** How the word begins that names a dnsmasq's configuration. */
export const configWord = '--conf-file=';

/** @param address `network.NAME` */
export function placeOf(scope: Scope, project: string, address: Address): Place {
  const identity = identityOf(scope, project, address);
  const mark = markOf({ scope, project, address });
  const paths = networkPaths(scope, identity);
  // A dnsmasq that runs does not take up another name: its command line says what the network was made as.
  const made = formatMark({ scope: scope.id, project, address: originOf(scope, address) });
  const pidFile = `${paths.folder}/${encodeURIComponent(made)}.pid`;
  const configOption = `${configWord}${paths.config}`;
  return {
    scope,
    project,
    address,
    former: formerOf(scope, address),
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

/**
 * What stands in the mark of a bridge that somebody else made: it keeps the MAC address that it had, as its members and
 * neighbours know it by that. After a `!`, as a `#` begins a comment in a batch of `ip`.
 */
const adoptedPart = 'adopted';

/** The mark of a bridge that keeps what tells that it was adopted. */
export function markOfBridge({ mark }: Place, alias: string | undefined): string {
  return isAdopted(alias) ? `${mark}!${adoptedPart}` : mark;
}

/** The mark of one that is taken over; one that has the MAC address that Nova would give it need not be told apart. */
export function adoptingMark(place: Place, mac: string): string {
  return mac === place.mac ? place.mark : `${place.mark}!${adoptedPart}`;
}

export function isAdopted(alias: string | undefined): boolean {
  return parseMark(alias)?.part === adoptedPart;
}

/** The mark of the network that a dnsmasq serves, told from its command line alone. */
export function markOfDnsmasq(argv: readonly string[]): string | undefined {
  const encoded = argv
    .map((word) => /^--pid-file=.*\/([^/]+)\.pid$/.exec(word)?.[1])
    .find((name) => name !== undefined);
  return decode(encoded ?? '');
}

/** The network that a mark of this scope and project names. */
export function addressOfMark(scope: Scope, project: string, text: string | undefined): Address | undefined {
  const address = ownedAddress({ scope, project }, text);
  return address?.startsWith('network.') === true ? address : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
