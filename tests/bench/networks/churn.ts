import { setTimeout as sleep } from 'node:timers/promises';

import { createWorld, type World } from '../../system/support/world.ts';
import { must, show, summary, timed } from '../measure.ts';
import { install } from '../shipped.ts';
import { networksByHand } from './byHand.ts';
import { networksFile } from './novaFile.ts';

/**
 * So many networks with `nat` and a DNS server made and taken away, beside `ip`, `nft` and dnsmasq alone; both in a namespace that
 * is there before and after.
 */
export async function networkChurn(count: number, times: number): Promise<string> {
  await using shipped = await install();
  await using world = await createWorld({ program: shipped.launcher });
  await world.write(networksFile(count));
  await using hand = await networksByHand(`${world.netns}-hand`, count);
  await must(['ip', 'netns', 'add', world.netns]);
  await world.inside(['ip', 'link', 'set', 'dev', 'lo', 'up']);
  const nova: Taken = { create: [], delete: [] };
  const raw: Taken = { create: [], delete: [] };
  for (let index = 0; index < times; index += 1) {
    nova.create.push(await timed(() => world.novaMust(['apply', '--yes'])));
    await mustRest(world, count);
    nova.delete.push(await timed(() => world.novaMust(['destroy', '--yes'])));
    await sleep(rest);
    raw.create.push(await timed(hand.create));
    raw.delete.push(await timed(hand.delete));
    await sleep(rest);
  }
  return [
    `${count} networks with nat and DNS, from nothing and back to nothing`,
    ...lines('nova apply, nova destroy', nova),
    ...lines('ip -batch, nft -f, dnsmasq for each', raw),
    `  ratio of the sums of the medians: ${ratio(nova, raw)}`,
  ].join('\n');
}

/** ms: the kernel goes on taking bridges apart after it has said that they are gone */
export const rest = 1_000;

/** ms */
export interface Taken {
  readonly create: number[];
  readonly delete: number[];
}

export function lines(who: string, { create, delete: gone }: Taken): readonly string[] {
  return [
    `  ${who}: creating`.padEnd(52) + show(summary(create)),
    `  ${who}: deleting`.padEnd(52) + show(summary(gone)),
  ];
}

/** `1.32 (creating 1.40, deleting 1.21)` */
export function ratio(ours: Taken, theirs: Taken): string {
  const of = (taken: readonly number[]): number => summary(taken).median;
  const each = (how: (taken: Taken) => number): string => (how(ours) / how(theirs)).toFixed(2);
  const both = each((taken) => of(taken.create) + of(taken.delete));
  return `${both} (creating ${each((taken) => of(taken.create))}, deleting ${each((taken) => of(taken.delete))})`;
}

/** What was made is what the kernel has, and answers. */
async function mustRest(world: World, count: number): Promise<void> {
  const links = JSON.parse(await world.inside(['ip', '-j', 'link', 'show', 'type', 'bridge'])) as unknown[];
  if (links.length !== count) throw new Error(`there are ${links.length} bridges, not ${count}`);
}
