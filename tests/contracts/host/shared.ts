import { expect } from 'vitest';

import type { Host, LinkCommand } from '../../../reconcilers/host/host.ts';
import type { Link, Process } from '../../../reconcilers/host/view.ts';

/** `link set lan up` */
export function command(words: string, tolerate?: LinkCommand['tolerate']): LinkCommand {
  return { argv: words.split(' '), ...(tolerate === undefined ? {} : { tolerate }) };
}

/** Runs `ip` commands one batch at a time. */
export async function ip(host: Host, ...commands: readonly string[]): Promise<void> {
  await host.links.change(commands.map((words) => command(words)));
}

export async function linkOf(host: Host, name: string): Promise<Link | undefined> {
  return (await host.view().links()).find((link) => link.name === name);
}

/** The process that has this word among its arguments. */
export async function processWith(host: Host, word: string): Promise<Process | undefined> {
  return [...(await host.view().processes()).values()].find(({ argv }) =>
    argv.some((text) => text.includes(word)),
  );
}

/** A name of a network namespace that is this scope's alone. */
export function namespaceFor(host: Host, word: string): string {
  return `nvt-${host.scope.id}-${word}`;
}

/** Waits for what the kernel does in its own time. */
export async function eventually<T>(host: Host, read: () => Promise<T>, expected: T): Promise<void> {
  const { signal } = new AbortController();
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (Object.is(await read(), expected)) return;
    await host.clock.sleep(10, signal);
  }
  expect(await read()).toEqual(expected);
}
