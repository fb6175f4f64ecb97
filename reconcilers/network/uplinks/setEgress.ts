import type { NetworkSpec } from '../../../schema/network.ts';
import type { LinkCommand } from '../../host/host.ts';
import { compareEgress } from './diffEgress.ts';
import { commandFor, egressLink, egressProtocol, type Entry, givenUpProtocol, isRule } from './egress.ts';
import { egressSeen } from './lookAtEgress.ts';
import type { Task } from '../task.ts';

/** Exactly what leads members out by the uplink of a spec; without one, nothing. All of it is there before anything goes. */
export async function setEgress({ host, place }: Task, spec: NetworkSpec | undefined): Promise<void> {
  const view = host.view();
  const link = spec && egressLink(spec);
  const seen = egressSeen(await view.routing(), await view.links(), place, link);
  const { missing, surplus } = compareEgress(place, spec, seen);
  await run(host, 'add', missing);
  await run(host, 'delete', surplus);
}

/** What is there stays, and is nobody's. */
export async function releaseEgress({ host, place }: Task): Promise<void> {
  const view = host.view();
  const { entries } = egressSeen(await view.routing(), await view.links(), place, undefined);
  const ours = entries.filter(({ protocol }) => protocol === egressProtocol);
  await run(
    host,
    'add',
    ours.filter(isRule).map((entry) => ({ ...entry, protocol: givenUpProtocol })),
  );
  await run(host, 'delete', ours.filter(isRule));
}

/** A packet is sent where it should be, or nowhere: rules lead to routes that are there. */
async function run(
  { links }: Task['host'],
  verb: 'add' | 'delete',
  entries: readonly Entry[],
): Promise<void> {
  const commands = (some: readonly Entry[]): readonly LinkCommand[] =>
    some.map((entry) => commandFor(verb, entry));
  const routes = commands(entries.filter((entry) => !isRule(entry)));
  const rules = entries.filter(isRule);
  if (verb === 'add' && routes.length > 0) await links.change(routes);
  for (const family of [4, 6] as const) {
    const own = commands(rules.filter((rule) => rule.family === family));
    if (own.length > 0) await links.change(own, undefined, family);
  }
  if (verb === 'delete' && routes.length > 0) await links.change(routes);
}
