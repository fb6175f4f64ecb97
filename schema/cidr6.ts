/** An IPv6 subnet as it is written with the host's own address in it. Addresses are unsigned 128-bit numbers. */
export interface Subnet6 {
  /** The address as written: the gateway of the network. */
  readonly gateway: bigint;
  readonly prefix: number;
  /** First address. */
  readonly network: bigint;
  /** Last address. */
  readonly last: bigint;
}

/** `fd00:77::1` as a number; undefined when it is none (RFC 4291, section 2.2; without a zone, without dots in it). */
export function parseIp6(text: string): bigint | undefined {
  const [before = '', after, ...rest] = text.split('::');
  if (rest.length > 0) return undefined;
  const [head, tail] = [groupsIn(before), groupsIn(after ?? '')];
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}

function groupsIn(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

/** As RFC 5952 has it: lower case, without leading zeros, the longest run of zeros as `::`. */
export function formatIp6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  const runs = groups.join(':').match(/\b0(?::0\b)+/g) ?? [];
  const longest = runs.toSorted((a, b) => b.length - a.length)[0];
  if (longest === undefined) return groups.join(':');
  const [head = '', tail = ''] = splitAt(groups.join(':'), longest);
  return `${head.replace(/:$/, '')}::${tail.replace(/^:/, '')}`;
}

/** Around the first place where the run stands between colons. */
function splitAt(text: string, run: string): readonly string[] {
  const at = `:${text}:`.indexOf(`:${run}:`);
  return [text.slice(0, at), text.slice(at + run.length)];
}

/** `fd00:77::1/64`; undefined when it is no address with a prefix from 0 to 128. */
export function parseSubnet6(text: string): Subnet6 | undefined {
  const [address, bits, ...rest] = text.split('/');
  const gateway = parseIp6(address ?? '');
  if (gateway === undefined || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(bits ?? '')) return undefined;
  const prefix = Number(bits);
  if (prefix > 128) return undefined;
  const size = 1n << BigInt(128 - prefix);
  const network = (gateway / size) * size;
  return { gateway, prefix, network, last: network + size - 1n };
}

/** `fd00:77::/64`, as the kernel writes it. */
export function formatNetwork6({ network, prefix }: Subnet6): string {
  return `${formatIp6(network)}/${prefix}`;
}

/** `fd00:77::100-fd00:77::1ff`, both ends included; undefined when it is none, or runs backwards. */
export function parseRange6(text: string): { readonly from: bigint; readonly to: bigint } | undefined {
  const [from, to, ...rest] = text.split('-').map((part) => parseIp6(part.trim()));
  if (from === undefined || to === undefined || rest.length > 0 || from > to) return undefined;
  return { from, to };
}

export function contains6(subnet: Subnet6, ip: bigint): boolean {
  return ip >= subnet.network && ip <= subnet.last;
}
