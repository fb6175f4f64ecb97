import type { Address } from './manifest.ts';
import type { Problem } from './problem.ts';
import type { Edge } from './references.ts';

/**
 * Whoever depends on a table with `for_each` depends on all that it stands for. Anything else has to name one of them.
 */
export function throughGroups(
  edges: readonly Edge[],
  groups: ReadonlyMap<Address, readonly Address[]>,
): { readonly edges: readonly Edge[]; readonly problems: readonly Problem[] } {
  if (groups.size === 0) return { edges, problems: [] };
  const problems: Problem[] = [];
  const through = edges.flatMap((edge) => {
    const group = groups.get(edge.to);
    if (group === undefined) return [edge];
    if (edge.path[2] === 'depends_on') return group.map((to) => ({ ...edge, to }));
    problems.push(several(edge, group));
    return [];
  });
  return { edges: through, problems };
}

function several({ to, path, within }: Edge, group: readonly Address[]): Problem {
  const named = group.slice(0, 5).join(', ');
  const more = group.length > 5 ? ', …' : '';
  return {
    code: 'reference.missing',
    message: `${to} has for_each, and stands for ${group.length === 0 ? 'nothing yet' : 'several'}`,
    hint: group.length === 0 ? 'give its for_each a key' : `name one of them: ${named}${more}`,
    path,
    ...(within === undefined ? {} : { within }),
  };
}
