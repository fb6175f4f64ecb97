import { z } from 'zod';

import type { ProjectLoop } from '../loop/projectLoop.ts';
import { actRoutes } from './acts.ts';
import { containerOf, lastLines } from './containers.ts';
import { dangerText } from '../loop/assess.ts';
import { driftOf } from '../plan/drift.ts';
import { driftJson } from '../render/drift.ts';
import { planJson } from '../render/planJson.ts';
import { healthRoutes } from './health.ts';
import { AuditEntry, DriftDocument, Event, LogLine, PlanDocument, Source } from './models.ts';
import type { Asked, Route } from './route.ts';
import { isReady, loopOf, previewed, type Served } from './sources.ts';

const count = z.int().min(0).max(1000);
const after = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Everything that can be asked for, but the document itself. */
export function routesOf(served: Served): readonly Route[] {
  const { controller, metrics } = served;
  return [...looks(served), ...actRoutes(served), ...openEnded, ...healthRoutes(controller, metrics)];
}

function looks({ controller, store, scope, version }: Served): readonly Route[] {
  const name = ({ params }: Asked): string => params['name'] ?? '';
  return [
    {
      method: 'GET',
      path: '/v1/status',
      role: 'view',
      summary: 'Whether everything that is followed stands as it says',
      answer: {
        status: 200,
        schema: z.object({
          version: z.string(),
          scope: z.string(),
          ready: z.boolean(),
          settled: z.boolean(),
        }),
      },
      run: () => ({ version, scope, ready: isReady(controller), settled: controller.settled() }),
    },
    {
      method: 'GET',
      path: '/v1/sources',
      role: 'view',
      summary: 'Every source, and how it stands',
      answer: { status: 200, schema: z.object({ scope: z.string(), sources: z.array(Source) }) },
      run: () => ({
        scope,
        sources: [...controller.loops].map(([each, loop]) => tell(loop, controller.settled(each))),
      }),
    },
    {
      method: 'GET',
      path: '/v1/sources/{name}',
      role: 'view',
      summary: 'One source, and how it stands',
      answer: { status: 200, schema: Source },
      run: (asked) => tell(loopOf(controller, name(asked)), controller.settled(name(asked))),
    },
    {
      method: 'GET',
      path: '/v1/sources/{name}/plan',
      role: 'plan',
      summary: 'What would make the host as the source says, worked out now; changes nothing',
      answer: { status: 200, schema: PlanDocument },
      run: async (asked) => {
        const seen = await previewed(loopOf(controller, name(asked)), 'wanted');
        return { ...planJson(seen.plan), needs_approval: seen.dangers.map(dangerText) };
      },
    },
    {
      method: 'GET',
      path: '/v1/sources/{name}/drift',
      role: 'plan',
      summary: 'How the host differs from what was last applied; changes nothing',
      answer: { status: 200, schema: DriftDocument },
      run: async (asked) => {
        const seen = await previewed(loopOf(controller, name(asked)), 'good');
        return driftJson(seen.plan.project, driftOf(seen.plan, seen.applied));
      },
    },
    {
      method: 'GET',
      path: '/v1/sources/{name}/logs/{container}',
      role: 'view',
      summary: 'The last lines that a container has printed',
      query: z.strictObject({ lines: count.optional() }),
      answer: { status: 200, schema: z.object({ lines: z.array(LogLine) }) },
      run: async (asked) => {
        const found = await containerOf(loopOf(controller, name(asked)), asked.params['container'] ?? '');
        return { lines: await lastLines(found, (asked.query['lines'] as number | undefined) ?? 100) };
      },
    },
    {
      method: 'GET',
      path: '/v1/events',
      role: 'view',
      summary: 'The newest events after one, oldest first',
      query: z.strictObject({ after: after.optional(), limit: count.optional() }),
      answer: { status: 200, schema: z.object({ events: z.array(Event) }) },
      run: ({ query }) => {
        const { after: from = 0, limit = 100 } = query as { after?: number; limit?: number };
        return { events: store.events(scope, { after: from, limit }) };
      },
    },
    {
      method: 'GET',
      path: '/v1/audit',
      role: 'admin',
      summary: 'Who changed what, and with which plan; oldest first',
      query: z.strictObject({ after: after.optional(), limit: count.optional() }),
      answer: { status: 200, schema: z.object({ entries: z.array(AuditEntry) }) },
      run: ({ query }) => {
        const { after: from = 0, limit = 100 } = query as { after?: number; limit?: number };
        return { entries: store.audit({ after: from, limit }) };
      },
    },
  ];
}

/** These are served elsewhere (`eventStreams.ts`, `exec.ts`), and described here. */
const openEnded: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/events/stream',
    role: 'view',
    summary: 'Events as they happen; with `Last-Event-ID` from the one after that on',
    answer: 'events',
  },
  {
    method: 'GET',
    path: '/v1/sources/{name}/exec/{container}',
    role: 'admin',
    summary:
      'Runs a command in a container. Binary messages begin with a byte: 0 standard input (alone: its end), 1 standard output, 2 standard error, 3 how it ended, as JSON',
    query: z.strictObject({ command: z.array(z.string()).min(1).max(1000) }),
    answer: 'socket',
  },
];

function tell({ recorder, file }: ProjectLoop, settled: boolean) {
  return { ...recorder.row, file, settled, conditions: recorder.conditions };
}
