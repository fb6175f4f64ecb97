import { z } from 'zod';

import type { Preview } from '../loop/preview.ts';
import type { ProjectLoop } from '../loop/projectLoop.ts';
import { Done } from './models.ts';
import { type Asked, Refusal, type Route } from './route.ts';
import { loopOf, previewed, type Served } from './sources.ts';

const hash = z.string().min(1).max(200).meta({ description: 'Hash of a plan, as GET …/plan tells it.' });
const Bound = z.strictObject({ plan_hash: hash });

/** What changes something: each is written down with who did it. */
export function actRoutes({ controller, store }: Served): readonly Route[] {
  const act = (
    verb: string,
    summary: string,
    more: Pick<Route, 'body' | 'query'>,
    work: (loop: ProjectLoop, asked: Asked, name: string) => string | Promise<string>,
  ): Route => ({
    method: 'POST',
    path: `/v1/sources/{name}/${verb}`,
    role: 'apply',
    summary,
    ...more,
    answer: { status: 202, schema: Done },
    run: async (asked) => {
      const name = asked.params['name'] ?? '';
      const loop = loopOf(controller, name);
      // What is agreed to without naming a plan is the one that waits.
      const plan = hashIn(asked.body) ?? (verb === 'approve' ? loop.recorder.plan : undefined);
      const message = await work(loop, asked, name);
      const { actor } = asked.caller;
      store.addAudit({ actor, action: verb, subject: name, plan, outcome: 'done', detail: message });
      return { message };
    },
  });
  const agree = (loop: ProjectLoop, name: string, agreed?: Preview): string => {
    const words = loop.approve(agreed);
    return words === undefined ? `nothing of ${name} waits` : `agreed: ${words}`;
  };
  return [
    act(
      'apply',
      'Does exactly the plan with this hash, or refuses when the host or the source has moved since',
      { body: Bound },
      async (loop, asked, name) => {
        const words = loop.approve(await requirePlan(loop, hashIn(asked.body) ?? ''));
        loop.retry();
        return words === undefined ? `the plan of ${name} is applied` : `agreed: ${words}`;
      },
    ),
    act(
      'approve',
      'Agrees to what waits for a person; with a hash, to that plan alone',
      { body: Bound.optional() },
      async (loop, asked, name) => {
        const wanted = hashIn(asked.body);
        return agree(loop, name, wanted === undefined ? undefined : await requirePlan(loop, wanted));
      },
    ),
    act(
      'reconcile',
      'Looks at the source now, and tries again what failed',
      { query: z.strictObject({ rewind: z.boolean().optional() }) },
      (loop, { query }, name) => {
        controller.poke(name, { rewind: query['rewind'] === true });
        loop.retry();
        return `${name} is looked at, and what failed is tried again`;
      },
    ),
    act('suspend', 'Lets the source rest', {}, (loop, _, name) => {
      loop.suspend(true);
      return `${name} rests until it is resumed`;
    }),
    act('resume', 'Goes on with a source that rests', {}, (loop, _, name) => {
      loop.suspend(false);
      return `${name} goes on`;
    }),
  ];
}

/** The plan that is meant, as it was looked at just now. @throws Refusal 409 when it is another one by now */
async function requirePlan(loop: ProjectLoop, wanted: string): Promise<Preview> {
  const seen = await previewed(loop, 'wanted');
  if (seen.plan.hash === wanted) return seen;
  const message = `the plan is ${seen.plan.hash} now: the host or the source changed since`;
  throw new Refusal(409, 'plan.stale', message, 'look at the plan again');
}

function hashIn(body: unknown): string | undefined {
  return Bound.safeParse(body).data?.plan_hash;
}
