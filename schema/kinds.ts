import type { Kind } from './manifest.ts';

/** Every kind that a NovaFile may declare, each after those it may refer to. */
export const kinds = ['network', 'volume', 'container'] as const satisfies readonly Kind[];
