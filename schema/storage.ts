import type { Draft, VolumeDraft } from './draft.ts';
import type { Path, Problem } from './problem.ts';
import { isDisk } from './volume.ts';

/** Volumes that are used as what they are not: a folder as a disk, a disk as a folder. */
export function checkStorage(drafts: readonly Draft[]): readonly Problem[] {
  const volumes = new Map(
    drafts.flatMap((draft) => (draft.kind === 'volume' ? [[draft.name, draft] as const] : [])),
  );
  return drafts.flatMap(usesOf).flatMap(({ volume: name, as, path, within }): readonly Problem[] => {
    const volume = volumes.get(name);
    if (volume === undefined || volume.broken.has('type') || isDisk(volume.spec.type) === (as === 'disk'))
      return [];
    return [{ code: 'schema.value', ...wordsFor(volume, as), path, within }];
  });
}

interface Use {
  readonly volume: string;
  readonly as: 'disk' | 'folder';
  readonly path: Path;
  readonly within: string;
}

function usesOf(draft: Draft): readonly Use[] {
  const { kind, name } = draft;
  if (kind === 'container') {
    return draft.spec.volumes.flatMap(({ source }, index) =>
      source.type === 'volume'
        ? [
            {
              volume: source.name,
              as: 'folder' as const,
              path: [kind, name, 'volumes', index],
              within: source.name,
            },
          ]
        : [],
    );
  }
  if (kind !== 'vm') return [];
  const { disks = [], shares = [] } = draft.spec;
  const used = [
    ...disks.map(({ source }, index) => ({
      source,
      as: 'disk' as const,
      path: [kind, name, 'disks', index],
    })),
    ...shares.map(({ source }, index) => ({
      source,
      as: 'folder' as const,
      path: [kind, name, 'shares', index],
    })),
  ];
  return used.flatMap(({ source, ...use }) =>
    source.type === 'volume' ? [{ ...use, volume: source.name, within: source.name }] : [],
  );
}

function wordsFor({ address, spec }: VolumeDraft, as: Use['as']): Pick<Problem, 'message' | 'hint'> {
  if (as === 'folder') {
    const message = `${address} is a disk (${spec.type}), and not a folder that could be seen within`;
    return { message, hint: 'give a machine the disk with disks, or leave out its type' };
  }
  const message = `${address} is a folder, and not a disk`;
  return {
    message,
    hint: `set type = "qcow2" and size in [${address}], or share it: shares = [{ source = "${address.slice(7)}", tag = "data" }]`,
  };
}
