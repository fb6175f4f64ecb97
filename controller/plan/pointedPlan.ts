import type { Pointing } from '../../schema/pointing.ts';
import type { Plan } from './plan.ts';

/** The plan with each problem where the NovaFile says what it is about. Without `pointing`, the tables have to do. */
export async function pointedPlan(plan: Plan, pointing: Pointing | undefined): Promise<Plan> {
  if (pointing === undefined) return plan;
  const resources = plan.resources.map(async (resource) => {
    if (resource.problems.length === 0) return resource;
    return { ...resource, problems: await pointing(resource.problems) };
  });
  return { ...plan, resources: await Promise.all(resources) };
}
