import { readFileSync } from 'node:fs';

import { errorCode, isAbsence } from './fileErrors.ts';
import type { InnerLink } from './view.ts';

/**
 * A link of a capsule's, without a process to look: through the sysfs that it has mounted, which shows the namespace that it
 * was mounted in (Linux, sysfs(5)). Undefined where that one has no such link, or cannot be read.
 */
export function readInnerLink(pid: number, name: string): InnerLink | undefined {
  const read = (file: string): string =>
    readFileSync(`/proc/${pid}/root/sys/class/net/${name}/${file}`, 'utf8').trim();
  try {
    return {
      over: Number(read('iflink')),
      mtu: Number(read('mtu')),
      mac: read('address'),
      up: (Number(read('flags')) & interfaceUp) !== 0,
    };
  } catch (error) {
    if (isAbsence(error) || goneWords.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** IFF_UP (Linux, include/uapi/linux/if.h) */
const interfaceUp = 1;

/** sysfs says so of a link that goes while it is read. */
const goneWords: readonly string[] = ['EINVAL', 'ENODEV'];
