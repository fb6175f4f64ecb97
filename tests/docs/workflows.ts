import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { parse } from 'yaml';
import { z } from 'zod';

const folder = resolve(import.meta.dirname, '../../examples/ci');

/** Of workflows of GitHub and Forgejo what ours use; another key is a slip of the pen. */
const Step = z.union([
  z.strictObject({
    uses: z.string().regex(/^[\w-]+\/[\w-]+(?:\/[\w-]+)?@v\d+$/),
    with: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    if: z.string().optional(),
  }),
  z.strictObject({ run: z.string(), if: z.string().optional() }),
]);
const Permissions = z.record(z.enum(['contents', 'pull-requests', 'security-events']), z.string());
const Actions = z.strictObject({
  name: z.string(),
  on: z.strictObject({
    pull_request: z.null(),
    schedule: z.array(z.strictObject({ cron: z.string().regex(/^(?:[\d*]+ ){4}[\d*]+$/) })),
  }),
  permissions: z.partialRecord(Permissions.keyType, z.string()).optional(),
  jobs: z.record(
    z.string(),
    z.strictObject({
      'runs-on': z.union([z.string(), z.array(z.string())]),
      needs: z.string().optional(),
      if: z.string().optional(),
      container: z.strictObject({ image: z.string() }).optional(),
      permissions: z.partialRecord(Permissions.keyType, z.string()).optional(),
      env: z.record(z.string(), z.string()).optional(),
      steps: z.array(Step),
    }),
  ),
});
const GitLab = z.record(
  z.string(),
  z.strictObject({
    image: z.string().optional(),
    needs: z.array(z.string()).optional(),
    tags: z.array(z.string()).optional(),
    rules: z.array(z.strictObject({ if: z.string() })),
    script: z.array(z.string()),
    after_script: z.array(z.string()).optional(),
    artifacts: z
      .strictObject({
        when: z.literal('always'),
        reports: z.strictObject({ junit: z.string() }).optional(),
        paths: z.array(z.string()).optional(),
      })
      .optional(),
  }),
);

export const workflowFiles = ['github.yml', 'gitlab-ci.yml', 'forgejo.yml'] as const;
export type WorkflowFile = (typeof workflowFiles)[number];

/** The scripts of each job of an example, in order. */
export function scriptsIn(file: WorkflowFile): ReadonlyMap<string, readonly string[]> {
  const document: unknown = parse(readFileSync(join(folder, file), 'utf8'), { strict: true });
  if (file === 'gitlab-ci.yml')
    return mapped(GitLab.parse(document), ({ script, after_script: after = [] }) => [...script, ...after]);
  const { jobs } = Actions.parse(document);
  return mapped(jobs, ({ steps }) => steps.flatMap((step) => ('run' in step ? [step.run] : [])));
}

function mapped<T>(
  jobs: Readonly<Record<string, T>>,
  scripts: (job: T) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(jobs).map(([name, job]) => [name, scripts(job)]));
}
