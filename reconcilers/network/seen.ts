import type { Address } from '../../schema/manifest.ts';
import type { EgressSeen } from './uplinks/egress.ts';
import type { UplinksSeen } from './uplinks/lookAtUplinks.ts';
import type { OwnTexts } from './dnsmasq/ownFiles.ts';
import type { FirewalldSeen } from './rules/firewalld.ts';
import type { ForeignSeen } from './rules/foreignForward.ts';
import type { MacvlanSeen } from './macvlan.ts';
import type { Place } from './place.ts';
import type { RulesSeen } from './rules/ruleset.ts';
import type { VlanSeen } from './uplinks/vlans.ts';

/** What is there of one network, without anything that changes by itself (pids, say). */
export interface NetworkSeen {
  readonly place: Place;
  /** The bridge that carries the mark, under whatever name. */
  readonly link: BridgeSeen | undefined;
  /** Interfaces of the host, where it has to do with any. */
  readonly uplinks?: UplinksSeen;
  /** VLANs of such interfaces that are ports of the bridge, or should be. */
  readonly vlans?: readonly VlanSeen[];
  /** Where members share a link of the host, or did. */
  readonly macvlan?: MacvlanSeen;
  /** What leads members out by the uplink. */
  readonly egress?: EgressSeen;
  /** An unfinished link under the temporary name. */
  readonly unfinished: boolean;
  /** The bridge does not carry Nova's mark. */
  readonly foreign?: boolean;
  /** What some of it is still called. */
  readonly was?: Address | undefined;
  /** Addresses of the bridge without the route to their subnet; undefined: none, or nobody knows. */
  readonly unrouted?: readonly string[];
  readonly rules: RulesSeen;
  /** Tables of others. */
  readonly foreignTables?: ForeignSeen;
  /** What firewalld makes of the bridge, where it is at work. */
  readonly firewalld?: FirewalldSeen;
  /** `net.ipv4.ip_forward` of the scope, where somebody needs it. */
  readonly forwarding: string | undefined;
  /** The same of IPv6. */
  readonly forwarding6?: string | undefined;
  /** Links of the host that would not hear their router any more where it forwards IPv6. */
  readonly deaf?: readonly string[];
  /** `route_localnet` of the bridge. */
  readonly localnet?: string | undefined;
  /** The folder says whose it is. */
  readonly owned: boolean;
  readonly dnsmasq: DnsmasqSeen;
}

export interface BridgeSeen {
  readonly name: string;
  readonly up: boolean;
  /** bytes */
  readonly mtu: number;
  readonly mac: string;
  /** It takes part in the spanning tree protocol. */
  readonly stp?: true;
  /** Somebody else made it: it keeps its MAC address. */
  readonly adopted?: boolean;
  /** As `192.168.77.1/24`; without those that are the host's own affair. */
  readonly addresses: readonly string[];
  /** As `fd00:77::1/64`. */
  readonly addresses6: readonly string[];
  readonly ports: readonly string[];
}

export interface DnsmasqSeen {
  /** `stopped`: by a signal, so that it answers nobody. */
  readonly process: 'running' | 'stopped' | 'none';
  /** There is one more outside of its cgroup or in another network namespace. */
  readonly astray: boolean;
  /** Text of its configuration file. */
  readonly config: string | undefined;
  /** Texts of the network's own files in the folders that it watches. */
  readonly files: OwnTexts;
  /** The folders that it watches are there. */
  readonly folders: boolean;
  /** It runs, and the file in which it keeps its leases is gone: what it lends is forgotten when it ends. */
  readonly forgets?: true;
}
