import type { Draft } from '../schema/draft.ts';
import type { Problem } from '../schema/problem.ts';
import { registry } from '../reconcilers/registry.ts';

/** What a resource says that the language has and this version does not do yet, for a NovaFile that is only looked at. */
export function unbuiltDoubts(draft: Draft): readonly Problem[] {
  const { kind, name, address, impliedBy, spec } = draft;
  // What is implied stands where the table stands that implies it.
  const table = impliedBy?.split(/\.(.*)/s).slice(0, 2) ?? [kind, name];
  return registry[kind].unbuilt(spec).map(({ path, what, on = 'key' }) => {
    const whole = path === '' || impliedBy !== undefined;
    return {
      code: 'not-built',
      message: `${address}: ${what}`,
      hint: `\`nova plan\` refuses ${address} for it, and shows the rest`,
      path: whole ? table : [...table, ...path.split('.')],
      on: whole ? 'table' : on,
    };
  });
}
