import { z } from 'zod';

/** What is said instead of an answer. */
export const Problem = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).meta({
  description: 'Why there is no answer: an error code of Nova, and the next thing to do.',
});

export const Condition = z.object({
  subject: z.string().meta({ description: 'Address of a resource; empty for the source as a whole.' }),
  type: z.enum(['Ready', 'Reconciling', 'Stalled']),
  status: z.boolean(),
  reason: z.string(),
  message: z.string(),
  since: z.int().meta({ description: 'ms since the epoch' }),
});

export const Source = z
  .object({
    name: z.string(),
    project: z.string().optional(),
    revision: z.string().optional(),
    observedRevision: z.string().optional(),
    goodRevision: z.string().optional(),
    goodGeneration: z.int().optional(),
    suspended: z.boolean(),
    quarantined: z.string().optional(),
    file: z.string().optional(),
    settled: z.boolean(),
    conditions: z.array(Condition),
  })
  .meta({ description: 'A place that desired state comes from, and how what it says stands.' });

export const Event = z.object({
  id: z.int(),
  at: z.int().meta({ description: 'ms since the epoch' }),
  source: z.string(),
  subject: z.string(),
  severity: z.enum(['normal', 'warning']),
  reason: z.string(),
  message: z.string(),
  revision: z.string().optional(),
});

export const AuditEntry = z
  .object({
    id: z.int(),
    at: z.int().meta({ description: 'ms since the epoch' }),
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    plan: z.string().optional().meta({ description: 'Hash of the plan that was agreed to.' }),
    outcome: z.enum(['done', 'refused']),
    detail: z.string(),
  })
  .meta({ description: 'Who changed what, or was not let.' });

const Issue = z.record(z.string(), z.unknown());

/** As `nova plan --json` prints it. */
export const PlanDocument = z.object({
  format_version: z.string(),
  project: z.string(),
  plan_hash: z.string(),
  applyable: z.boolean(),
  errored: z.boolean(),
  resource_changes: z.array(z.record(z.string(), z.unknown())),
  summary: z.object({ add: z.int(), change: z.int(), destroy: z.int() }),
  unmanaged: z.array(z.record(z.string(), z.unknown())),
  issues: z.array(Issue),
  needs_approval: z.array(z.string()).meta({ description: 'What a person has to agree to first.' }),
});

/** As `nova drift --json` prints it. */
export const DriftDocument = z.object({
  format_version: z.string(),
  project: z.string(),
  drift: z.array(
    z.object({
      address: z.string(),
      class: z.string(),
      cause: z.string().nullable(),
      fields: z.array(z.object({ path: z.string(), desired: z.unknown(), actual: z.unknown() })),
      reasons: z.array(z.string()),
    }),
  ),
});

export const LogLine = z.object({ time: z.string(), stream: z.enum(['stdout', 'stderr']), text: z.string() });

export const Done = z.object({ message: z.string() });
