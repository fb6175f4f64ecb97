import type { Scope } from '../identity.ts';

/** Where a network keeps what dnsmasq reads and writes. All absolute. */
export interface NetworkPaths {
  readonly folder: string;
  /** Says whose folder it is; written first and removed last. */
  readonly owner: string;
  /**
   * One hosts file per member, named by the member's identity; dnsmasq watches it. Files 0o644, folders 0o755: dnsmasq
   * reads them after it has given up root.
   */
  readonly hosts: string;
  /** One `dhcp-host` file per member, as in `hosts`. */
  readonly dhcpHosts: string;
  readonly config: string;
  readonly log: string;
  /** What interfaces of the host were before they became ports. */
  readonly uplinks: string;
  /** Where Nova and the guard of a change to such interfaces meet. */
  readonly guard: string;
  /** Text: the link of the host that members of a macvlan share. */
  readonly macvlan: string;
  readonly leasesFolder: string;
  /** As `owner`, for what outlives the folder. */
  readonly leasesOwner: string;
  /** Outlives a reboot, so that machines keep their addresses. */
  readonly leases: string;
}

/** @param identity of the network */
export function networkPaths(scope: Scope, identity: string): NetworkPaths {
  const folder = `${networksFolder(scope)}/${identity}`;
  const leasesFolder = `${leasesParent(scope)}/${identity}`;
  return {
    folder,
    owner: `${folder}/owner`,
    hosts: `${folder}/hosts`,
    dhcpHosts: `${folder}/dhcp-hosts`,
    config: `${folder}/dnsmasq.conf`,
    log: `${folder}/dnsmasq.log`,
    uplinks: `${folder}/uplinks.json`,
    guard: `${folder}/guard`,
    macvlan: `${folder}/macvlan`,
    leasesFolder,
    leasesOwner: `${leasesFolder}/owner`,
    leases: `${leasesFolder}/leases`,
  };
}

export function networksFolder(scope: Scope): string {
  return `${scope.run}/networks`;
}

export function leasesParent(scope: Scope): string {
  return `${scope.data}/networks`;
}

/** A member's file in `hosts` or `dhcpHosts`. */
export function memberFile(folder: string, memberIdentity: string): string {
  return `${folder}/${memberIdentity}`;
}
