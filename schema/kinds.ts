import type { Address, Kind } from './manifest.ts';

/** The kinds that can be declared, in the order in which they are read. */
export const declaredKinds = [
  'network',
  'volume',
  'image',
  'gpu',
  'container',
  'vm',
] as const satisfies readonly Kind[];

/** Kinds that come later: declaring one is refused by name. */
export const laterKinds: readonly string[] = ['secret', 'service', 'node', 'policy'];

export function isKind(text: string): text is Kind {
  return declaredKinds.some((kind) => kind === text);
}

export function addressOf(kind: Kind, name: string): Address {
  return `${kind}.${name}`;
}

/**
 * `container.db` as an address; undefined when it is no kind with a name after it. Only the name of an image in a registry
 * holds dots, as `image.ubuntu:22.04`.
 */
export function parseAddress(text: string): Address | undefined {
  const [kind = '', name = '', ...rest] = text.split('.');
  if (!isKind(kind) || name === '') return undefined;
  if (rest.length === 0) return addressOf(kind, name);
  const whole = [name, ...rest].join('.');
  return kind === 'image' && /[:@]/.test(whole) ? addressOf(kind, whole) : undefined;
}
