/** An IPv4 subnet as it is written with the host's own address in it. Addresses are unsigned 32-bit numbers. */
export interface Subnet {
  /** The address as written: the gateway of the network. */
  readonly gateway: number;
  readonly prefix: number;
  /** First address: names the network. */
  readonly network: number;
  /** Last address. */
  readonly broadcast: number;
}

/** `192.168.77.1` as a number; undefined when it is not four decimal bytes without leading zeros. */
export function parseIp(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatIp(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** `192.168.77.1/24`; undefined when it is no address with a prefix from 0 to 32. */
export function parseSubnet(text: string): Subnet | undefined {
  const [address, bits, ...rest] = text.split('/');
  const gateway = parseIp(address ?? '');
  if (gateway === undefined || rest.length > 0 || !/^(0|[1-9][0-9]?)$/.test(bits ?? '')) return undefined;
  const prefix = Number(bits);
  if (prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  const network = Math.floor(gateway / size) * size;
  return { gateway, prefix, network, broadcast: network + size - 1 };
}

/** `192.168.77.0/24`, as kernel and nftables write it. */
export function formatNetwork(subnet: Subnet): string {
  return `${formatIp(subnet.network)}/${subnet.prefix}`;
}

/** `192.168.77.50-192.168.77.150`, both ends included; undefined when it is none, or runs backwards. */
export function parseRange(text: string): { readonly from: number; readonly to: number } | undefined {
  const [from, to, ...rest] = text.split('-').map((part) => parseIp(part.trim()));
  if (from === undefined || to === undefined || rest.length > 0 || from > to) return undefined;
  return { from, to };
}

export function contains(subnet: Subnet, ip: number): boolean {
  return ip >= subnet.network && ip <= subnet.broadcast;
}
