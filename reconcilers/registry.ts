import type { Kind } from '../schema/manifest.ts';
import { container } from './container/index.ts';
import { gpu } from './gpu/index.ts';
import { image } from './image/index.ts';
import { network } from './network/index.ts';
import type { Reconciler } from './reconciler.ts';
import { vm } from './vm/index.ts';
import { volume } from './volume/index.ts';

/**
 * Every kind with its reconciler. The folders beside this file and the kinds of the manifest are checked against it by
 * a test. What one kind saw is only ever handed back to that kind, so the registry forgets the types in between.
 */
export const registry = { network, volume, image, gpu, container, vm } as unknown as Readonly<
  Record<Kind, Reconciler>
>;

/** Kinds so that each comes after those it uses. */
export const kinds = Object.keys(registry) as readonly Kind[];
