import type { ContainerDraft, Draft } from './draft.ts';
import type { Path, Problem } from './problem.ts';

/** Two mounts at one place in one container: the second would hide the first. */
export function checkMounts(drafts: Iterable<Draft>): readonly Problem[] {
  return [...drafts].flatMap((draft) => {
    if (draft.kind !== 'container') return [];
    const first = new Map<string, Path>();
    return mountsOf(draft).flatMap(({ target, path }): readonly Problem[] => {
      const other = first.get(target);
      if (other === undefined) first.set(target, path);
      if (other === undefined) return [];
      return [
        {
          code: 'schema.value',
          message: `${target} is a mount of ${draft.address} already`,
          hint: 'give each mount a target of its own',
          path,
          elsewhere: other,
        },
      ];
    });
  });
}

function mountsOf({
  name,
  spec,
}: ContainerDraft): readonly { readonly target: string; readonly path: Path }[] {
  const at = (key: string) => (mount: { readonly target: string }, index: number) => {
    return { target: mount.target, path: ['container', name, key, index] };
  };
  return [...spec.volumes.map(at('volumes')), ...(spec.tmpfs ?? []).map(at('tmpfs'))];
}
