import { existsSync } from 'node:fs';

import { controlPlace } from '../control/place.ts';
import type { Place } from '../session.ts';
import type { OwningSource } from './owner.ts';

/** The source of a running controller that owns a project. What asks is loaded only where a controller has left its socket. */
export async function findOwner(place: Place, project: string): Promise<OwningSource | undefined> {
  if (!existsSync(controlPlace(place.stateDirectory).socket)) return undefined;
  const { ownerOf } = await import('./owner.ts');
  return ownerOf(place, project);
}
