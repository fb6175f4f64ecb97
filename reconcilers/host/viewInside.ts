import { readFileSync } from 'node:fs';

import { isAbsence } from './fileErrors.ts';
import { parseMountInfo } from './mountInfo.ts';
import { parseAddresses6, parseGateway6 } from './viewInside6.ts';
import type { Inside } from './view.ts';
import { readProcess } from './viewProcesses.ts';

/** What a process sees of its network and mounts, without starting a process to look; undefined when it is gone. */
export function readInside(pid: number): Inside | undefined {
  const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
  try {
    const [addresses, routes] = [parseAddresses(read('net/fib_trie')), read('net/route')];
    const six = parseAddresses6(readWhereThere(() => read('net/if_inet6')));
    const nearest = addresses.map((address) => [address, parseNearest(routes, address)] as const);
    const prefixes = nearest.map(([address, { prefix }]) => [address, prefix] as const);
    const on = nearest.flatMap(([address, { link }]) =>
      link === undefined ? [] : [[address, link] as const],
    );
    const seen = {
      links: parseDevices(read('net/dev')),
      addresses,
      addresses6: six.map(({ ip }) => ip),
      prefixes: Object.fromEntries([...prefixes, ...six.map(({ ip, prefix }) => [ip, prefix] as const)]),
      on: Object.fromEntries([...on, ...six.map(({ ip, link }) => [ip, link] as const)]),
      gateway: parseGateway(routes),
      gateway6: parseGateway6(readWhereThere(() => read('net/ipv6_route'))),
      mounts: parseMountInfo(read('mountinfo')),
    };
    return readProcess(pid) === undefined ? undefined : seen;
  } catch (error) {
    // The files of a zombie's network are EINVAL.
    if (isAbsence(error) || readProcess(pid) === undefined) return undefined;
    throw error;
  }
}

/** A kernel that was started without IPv6 does not have its files. */
function readWhereThere(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (isAbsence(error)) return '';
    throw error;
  }
}

/** @param table text of `/proc/PID/net/dev`: two lines of headings, then `name: counters` */
export function parseDevices(table: string): string[] {
  return table
    .split('\n')
    .slice(2)
    .map((line) => line.slice(0, line.indexOf(':')).trim())
    .filter((name) => name !== '' && name !== 'lo');
}

/** Its own IPv4 addresses but loopback's: leaves of the trie that are followed by `/32 host LOCAL`. */
export function parseAddresses(trie: string): string[] {
  const found = [...trie.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g)].flatMap((match) => match[1] ?? []);
  return [...new Set(found)].filter((address) => !address.startsWith('127.'));
}

/**
 * Length of the prefix that an address was given with, and the link that it is on: of the nearest network that is reached
 * without a gateway. Without one it stands alone.
 * @param table text of `/proc/PID/net/route`
 */
export function parseNearest(
  table: string,
  address: string,
): { readonly prefix: number; readonly link?: string } {
  const own = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const networks = table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [link = '', destination = '', gateway, , , , , mask = ''] = line.split('\t');
      if (gateway !== '00000000') return [];
      const [network, bits] = [fromHex(destination), fromHex(mask)];
      const length = 32 - Math.log2(2 ** 32 - bits);
      return length > 0 && Math.floor(own / 2 ** (32 - length)) * 2 ** (32 - length) === network
        ? [{ prefix: length, link }]
        : [];
    });
  return networks.toSorted((a, b) => b.prefix - a.prefix)[0] ?? { prefix: 32 };
}

function fromHex(word: string): number {
  return Buffer.from(word.trim(), 'hex').readUInt32LE(0);
}

/** @param table text of `/proc/PID/net/route`, where addresses are hexadecimal, least significant byte first */
export function parseGateway(table: string): string | undefined {
  const routes = table.split('\n').map((line) => line.split('\t'));
  const route = routes.find(([, destination, , flags, , , , mask]) => {
    return destination === '00000000' && mask === '00000000' && (Number.parseInt(flags ?? '0', 16) & 2) !== 0;
  });
  const hex = route?.[2];
  return hex === undefined ? undefined : [...Buffer.from(hex, 'hex')].toReversed().join('.');
}
