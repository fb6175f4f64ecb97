import type { StateStore } from '../../stateStore/stateStore.ts';
import type { Controller } from '../loop/controller.ts';
import type { Preview } from '../loop/preview.ts';
import type { ProjectLoop } from '../loop/projectLoop.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { Refusal } from './route.ts';

/** What the routes speak for. */
export interface Served {
  readonly controller: Controller;
  readonly store: StateStore;
  readonly scope: string;
  readonly version: string;
  readonly metrics?: Metrics;
}

/** @throws Refusal 404 */
export function loopOf(controller: Controller, name: string): ProjectLoop {
  const loop = controller.loops.get(name);
  if (loop !== undefined) return loop;
  throw new Refusal(404, 'reference.missing', 'there is no such source', '`nova status` lists the sources');
}

/**
 * What there is to do for what the source wants, or for what was good last.
 * @throws Refusal 409 while nothing has been read
 */
export async function previewed(loop: ProjectLoop, of: 'wanted' | 'good'): Promise<Preview> {
  const seen = await loop.preview(of);
  if (seen !== undefined) return seen;
  throw new Refusal(409, 'host.unknown', 'nothing has been read yet', 'ask again in a moment');
}

export function isReady({ loops }: Controller): boolean {
  return [...loops.values()].every(({ recorder }) =>
    recorder.conditions.some(({ subject, type, status }) => subject === '' && type === 'Ready' && status),
  );
}
