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

/** `container.db` as an address; undefined when it is no kind with a name after it. Names hold no dots. */
export function parseAddress(text: string): Address | undefined {
  const [kind = '', name = '', ...rest] = text.split('.');
  return isKind(kind) && name !== '' && rest.length === 0 ? addressOf(kind, name) : undefined;
}
