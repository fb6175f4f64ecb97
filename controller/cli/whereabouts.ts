import type { Manifest } from '../../schema/manifest.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { createLocalView } from '../../reconcilers/host/local.ts';
import { withPast } from '../../reconcilers/past.ts';
import { readPast } from '../plan/past.ts';
import { type Place, scopeAt } from '../session.ts';

/** The machine to look at, where what was renamed is found under its present name. */
export async function lookFrom(place: Place, manifest: Manifest): Promise<HostView> {
  const view = createLocalView({ scope: scopeAt(place), project: manifest.project });
  return withPast(view, (await readPast(view, manifest)).past);
}
