/** Temporary hand-written shape; the zod module replaces it. All keys in the NovaFile's own spelling. */
export interface NetworkSpec {
  readonly type: 'bridge' | 'macvlan' | 'overlay';
  readonly profile: 'nat' | 'internal' | 'external';
  /** The host's own address in it, with the prefix: `192.168.77.1/24`. Undefined: no address, no DHCP, no DNS. */
  readonly subnet?: string;
  /** `192.168.77.50-192.168.77.150` */
  readonly dhcp_range?: string;
  /** Names of the members are answered by a DNS server on the network. Default true when it has a subnet. */
  readonly dns: boolean;
  /** DNS domain of the network; default: `<network name>.internal`. */
  readonly domain: string;
  /** bytes; default 1500 */
  readonly mtu: number;
}
