import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { isAbsence } from './fileErrors.ts';
import { macvtapOf } from './openMacvtap.ts';

/**
 * Names of the TAPs that a process holds open, as they are called now (Linux, drivers/net/tun.c: `iff` in fdinfo); and of
 * the macvtaps, as they were called when they were opened.
 */
export function readTaps(pid: number): string[] {
  return [...tapsOf(pid), ...macvtapsOf(pid)];
}

function macvtapsOf(pid: number): string[] {
  return ifThere(() => readdirSync(`/proc/${pid}/fd`), []).flatMap(
    (file) => macvtapOf(ifThere(() => readlinkSync(`/proc/${pid}/fd/${file}`), '')) ?? [],
  );
}

function tapsOf(pid: number): string[] {
  return ifThere(() => readdirSync(`/proc/${pid}/fdinfo`), []).flatMap((file) => {
    const text = ifThere(() => readFileSync(`/proc/${pid}/fdinfo/${file}`, 'utf8'), '');
    return /^iff:\t(\S+)$/m.exec(text)?.[1] ?? [];
  });
}

function ifThere<Result>(read: () => Result, otherwise: Result): Result {
  try {
    return read();
  } catch (error) {
    if (isAbsence(error)) return otherwise;
    throw error;
  }
}
