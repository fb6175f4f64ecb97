import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

import { NovaError } from '../../schema/errors.ts';

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What every command gets as its environment: nothing of the user's but the search path. */
export function commandEnvironment(): { PATH: string; LC_ALL: string } {
  return { PATH: process.env['PATH'] ?? usualPath, LC_ALL: 'C' };
}

/** Absolute path of a tool, or undefined when it is not on the search path. */
export function findTool(name: string, path: string = commandEnvironment().PATH): string | undefined {
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  const key = `${name}\0${path}`;
  const known = lastFound.get(key);
  if (known !== undefined && isExecutable(known)) return known;
  const found = path
    .split(':')
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (found !== undefined) lastFound.set(key, found);
  return found;
}

/** By name and search path. A run starts the same few tools hundreds of times. */
const lastFound = new Map<string, string>();

/** Absolute path of a tool; throws `capability.missing` when there is none. */
export function requireTool(name: string): string {
  const found = findTool(name);
  if (found !== undefined) return found;
  const { why, hint } = absence(name);
  throw new NovaError('capability.missing', why, { hint });
}

/** Why a tool is missing and what to do about it, in words for a person. */
export function absence(name: string): { why: string; hint: string; packages?: readonly string[] } {
  const elsewhere = findTool(name, usualPath);
  if (elsewhere !== undefined) {
    return {
      why: `${name} is not on the search path`,
      hint: `it is at ${elsewhere}: add its folder to PATH`,
    };
  }
  const debian = packages[name];
  return {
    why: `${name} is not installed`,
    hint:
      debian === undefined
        ? `install ${name}`
        : `install it, on Debian and Ubuntu with: apt-get install ${debian}`,
    ...(debian === undefined ? {} : { packages: [debian] }),
  };
}

/** The Debian package of each tool that Nova may call. */
const packages: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  dnsmasq: 'dnsmasq-base',
  conmon: 'conmon',
  runc: 'runc',
  crun: 'crun',
  nsenter: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  umoci: 'umoci',
  skopeo: 'skopeo',
  setfattr: 'attr',
  getfattr: 'attr',
  gzip: 'gzip',
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
};

function isExecutable(file: string): boolean {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
