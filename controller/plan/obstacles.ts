import type { Dependencies, Observation, Obstacle } from '../../reconcilers/reconciler.ts';

/** Pure: why what is declared cannot be made, as far as what others become does not change it. */
export function standingProblems(observation: Observation<unknown>, deps: Dependencies): readonly Obstacle[] {
  return (observation.problems ?? []).flatMap(({ while: condition, ...problem }) => {
    const known = condition && deps.outputs(condition.address)?.[condition.output];
    return known === condition?.value ? [problem] : [];
  });
}
