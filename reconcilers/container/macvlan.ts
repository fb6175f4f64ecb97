import { macOf } from '../identity.ts';
import type { InnerLink, Link } from '../host/view.ts';
import type { FieldChange } from '../reconciler.ts';
import type { DesiredNetwork } from './desired.ts';
import type { ContainerSeen, Place } from './seen.ts';

/** The capsule's own link, which lies over one of the host's. */
export interface MacvlanSeen {
  /** That link of the host; undefined: it is not known, or gone. */
  readonly over: string | undefined;
  /** bytes */
  readonly mtu: number;
  readonly mac: string;
  readonly up: boolean;
  /** It is noted as it is. */
  readonly noted: boolean;
}

/**
 * What was made, which nobody sees from outside while the capsule does not run. The numbers (of its namespace and of the
 * host's link) are of things that do not come again.
 */
interface Note {
  readonly namespace: number;
  readonly over: number;
  readonly mtu: number;
}

/** A line: `in 4026532412 over 7 mtu 1500`. */
export function formatNote({ namespace, over, mtu }: Note): string {
  return `in ${namespace} over ${over} mtu ${mtu}\n`;
}

/** Pure: undefined what it does not say. */
export function parseNote(text: string | undefined): Note | undefined {
  const [, namespace, over, mtu] = /^in ([0-9]+) over ([0-9]+) mtu ([0-9]+)\n$/.exec(text ?? '') ?? [];
  if (namespace === undefined) return undefined;
  return { namespace: Number(namespace), over: Number(over), mtu: Number(mtu) };
}

/**
 * Pure: what it is now. Undefined: there is none, as far as anybody can tell.
 * @param namespace inode of the capsule's, if there is one
 * @param inner what is seen through a process of it
 */
export function macvlanSeen(
  { identity }: Pick<Place, 'identity'>,
  links: readonly Link[],
  namespace: number | undefined,
  seen: {
    readonly note: string | undefined;
    readonly linked?: boolean;
    readonly inner: InnerLink | undefined;
  },
): MacvlanSeen | undefined {
  const { note: text, linked, inner } = seen;
  if (namespace === undefined || linked === false) return undefined;
  const note = parseNote(text);
  const own = note?.namespace === namespace ? note : undefined;
  const over = inner?.over ?? own?.over;
  const mtu = inner?.mtu ?? own?.mtu;
  if (over === undefined || mtu === undefined) return undefined;
  const below = links.find(({ index }) => index === over)?.name;
  // It has gone with the link that it lay over.
  if (inner === undefined && below === undefined) return undefined;
  return {
    over: below,
    mtu,
    mac: inner?.mac ?? macOf(identity),
    up: inner?.up ?? true,
    noted: own?.over === over && own.mtu === mtu,
  };
}

/** Pure: a link over another one is another link. */
export function isElsewhere(
  desired: DesiredNetwork,
  { link, macvlan }: Pick<ContainerSeen, 'link' | 'macvlan'>,
): boolean {
  return link !== undefined || macvlan?.over !== desired.bridge;
}

/** Pure: what of a link that is where it should be is otherwise. */
export function macvlanChanges(
  { mtu }: DesiredNetwork,
  { identity, macvlan }: Pick<ContainerSeen, 'identity' | 'macvlan'>,
): readonly (FieldChange & { readonly before: string | number })[] {
  if (macvlan === undefined) return [];
  return [
    ...(macvlan.up ? [] : [{ path: 'link', before: 'down', after: 'up' }]),
    ...(macvlan.mtu === mtu ? [] : [{ path: 'mtu', before: macvlan.mtu, after: mtu }]),
    ...(macvlan.mac === macOf(identity)
      ? []
      : [{ path: 'mac', before: macvlan.mac, after: macOf(identity) }]),
  ];
}
