import { z } from 'zod';

import { askController } from '../control/client.ts';
import { type Place, scopeAt } from '../session.ts';

const answer = z.object({
  scope: z.string(),
  sources: z.array(
    z.object({
      name: z.string(),
      project: z.string().optional(),
      file: z.string().optional(),
      settled: z.boolean(),
      conditions: z.array(
        z.object({
          subject: z.string(),
          type: z.string(),
          status: z.boolean(),
          reason: z.string(),
          message: z.string(),
        }),
      ),
    }),
  ),
});

/** A source of a running controller. */
export type OwningSource = z.infer<typeof answer>['sources'][number];

/** The source of a running controller that owns a project; undefined when none does. */
export async function ownerOf(place: Place, project: string): Promise<OwningSource | undefined> {
  const told = await sourcesOf(place.stateDirectory);
  if (told?.scope !== scopeAt(place).id) return undefined;
  return told.sources.find((source) => source.project === project);
}

/** All sources of the controller of a state folder; undefined when none runs. */
export async function sourcesOf(stateDirectory: string): Promise<z.infer<typeof answer> | undefined> {
  const told = await askController(stateDirectory, 'GET', '/v1/sources');
  return told === undefined ? undefined : answer.parse(told.body);
}
