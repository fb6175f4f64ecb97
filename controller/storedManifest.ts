import { z } from 'zod';

import { declaredKinds } from '../schema/kinds.ts';
import type { Manifest } from '../schema/manifest.ts';

const location = z.object({ file: z.string(), line: z.number(), column: z.number() });

/** Specs are not looked into: they were checked when they were written down. */
const shape = z.object({
  project: z.string(),
  file: z.string(),
  resources: z.array(
    z.object({
      address: z.string(),
      kind: z.enum(declaredKinds),
      name: z.string(),
      spec: z.looseObject({}),
      at: location,
      dependsOn: z.array(z.string()),
    }),
  ),
});

/** Whether something read from a file or a database is a manifest of kinds that this Nova knows. */
export function isManifest(value: unknown): value is Manifest {
  return shape.safeParse(value).success;
}
