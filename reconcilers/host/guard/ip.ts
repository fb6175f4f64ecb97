import { spawnSync } from 'node:child_process';

import type { LinkCommand } from '../host.ts';
import type { KnownLink } from './fence.ts';

/*
 * What a guard asks of `ip`, in the namespace that it is in. It does nothing else meanwhile, so it waits for each.
 */

export function runIp(argv: readonly string[]): void {
  spawnSync('ip', argv, { stdio: 'ignore', timeout });
}

/** ms */
const timeout = 10_000;

/** `[]` where `ip` has no answer. */
export function ipJson(argv: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  const { stdout } = spawnSync('ip', ['-j', ...argv], { encoding: 'utf8', timeout });
  try {
    const found: unknown = JSON.parse(stdout);
    return Array.isArray(found) ? (found as Readonly<Record<string, unknown>>[]) : [];
  } catch {
    return [];
  }
}

export function presentLinks(): readonly KnownLink[] {
  return ipJson(['link']).flatMap(({ ifindex, ifname }) =>
    typeof ifindex === 'number' && typeof ifname === 'string' ? [{ index: ifindex, name: ifname }] : [],
  );
}

/** All of them one after the other, whichever of them fail: what is so already fails. */
export function runBatch(commands: readonly LinkCommand[]): void {
  // `ip` stops at a word that makes no sense any more, as the name of a link that has just gone.
  for (const { argv } of commands) runIp(argv);
}
