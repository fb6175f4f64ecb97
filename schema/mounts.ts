import type { Draft } from './draft.ts';
import type { Problem } from './problem.ts';

/** Two mounts at one place in one container: the second would hide the first. */
export function checkMounts(drafts: Iterable<Draft>): readonly Problem[] {
  return [...drafts].flatMap((draft) => {
    if (draft.kind !== 'container') return [];
    const first = new Map<string, number>();
    return draft.spec.volumes.flatMap(({ target }, index): readonly Problem[] => {
      const other = first.get(target);
      if (other === undefined) first.set(target, index);
      if (other === undefined) return [];
      return [
        {
          code: 'schema.value',
          message: `${target} is a mount of ${draft.address} already`,
          hint: 'give each mount a target of its own',
          path: ['container', draft.name, 'volumes', index],
          elsewhere: ['container', draft.name, 'volumes', other],
        },
      ];
    });
  });
}
