import type { Link } from '../host/view.ts';
import { oncePer } from '../oncePer.ts';

/** A link by its name. */
export function linkNamed(links: readonly Link[], name: string): Link | undefined {
  return byName(links).get(name);
}

/** The same, if it is a bridge. */
export function bridgeNamed(links: readonly Link[], name: string): Link | undefined {
  const link = linkNamed(links, name);
  return link?.kind === 'bridge' ? link : undefined;
}

/** Ports of a bridge. */
export function portsOn(links: readonly Link[], bridge: string): readonly Link[] {
  return byMaster(links).get(bridge) ?? [];
}

/** Those of one kind, as `vlan`. */
export function linksOfKind(links: readonly Link[], kind: string): readonly Link[] {
  return byKind(links).get(kind) ?? [];
}

const byName = oncePer((links: readonly Link[]) => new Map(links.map((link) => [link.name, link])));
const byMaster = oncePer((links: readonly Link[]) => Map.groupBy(links, ({ master }) => master));
const byKind = oncePer((links: readonly Link[]) => Map.groupBy(links, ({ kind }) => kind));
