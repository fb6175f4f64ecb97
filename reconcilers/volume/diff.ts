import type { Resource } from '../../schema/manifest.ts';
import type { FieldChange, Step } from '../reconciler.ts';
import type { FolderSeen, VolumeSeen } from './seen.ts';

export type VolumeStepId =
  | 'moved'
  | 'adopt'
  | 'forget'
  | 'create'
  | 'owner'
  | 'mode'
  | 'unfinished'
  | 'delete';

export interface VolumeStep extends Step {
  readonly id: VolumeStepId;
}

/** The steps from what is there to what is declared; without a resource, to nothing. */
export function diff(input: {
  readonly resource: Resource<'volume'> | undefined;
  readonly seen: VolumeSeen | undefined;
}): readonly VolumeStep[] {
  const { resource, seen } = input;
  if (resource === undefined) return seen === undefined ? [] : remove(seen);
  const { mode, owner } = resource.spec;
  if (seen?.folder === undefined) {
    const reason = 'its folder is not there; whatever was in it is gone';
    return [
      live('create', 'missing', seen === undefined ? reason : 'its folder was left half-made', [
        { path: 'mode', before: undefined, after: mode },
        { path: 'owner', before: undefined, after: owner },
      ]),
    ];
  }
  const { was } = seen.folder;
  const change = { path: 'address', before: was, after: seen.place.address };
  return [
    ...adopted(seen),
    ...(was === undefined ? [] : [live('moved', 'changed', `it was ${was}`, [change])]),
    ...(seen.unfinished ? [leftover(seen)] : []),
    ...differs('owner', seen.folder, owner),
    ...differs('mode', seen.folder, mode),
  ];
}

function adopted({ place, folder }: VolumeSeen): readonly VolumeStep[] {
  if (folder?.foreign !== true) return [];
  const change = { path: 'adopts', before: undefined, after: place.path };
  return [
    live('adopt', 'changed', `the folder ${place.path} is not Nova's; it is taken over as it is`, [change]),
  ];
}

/** Pure: what it takes to give it up; the reason says what stays. */
export function forget({ place }: VolumeSeen): readonly VolumeStep[] {
  return [live('forget', 'unmanaged', `the folder ${place.path} stays with everything in it`, [])];
}

function remove(seen: VolumeSeen): readonly VolumeStep[] {
  const { place, folder } = seen;
  const changes = [{ path: 'path', before: place.path, after: undefined }];
  const reason = `${place.path} goes with everything in it`;
  return [
    ...(seen.unfinished ? [leftover(seen)] : []),
    ...(folder === undefined
      ? []
      : [{ id: 'delete', effect: 'data-loss', class: 'unmanaged', reason, changes } as const]),
  ];
}

function differs(path: 'owner' | 'mode', folder: FolderSeen, after: string): readonly VolumeStep[] {
  const before = folder[path];
  return before === after ? [] : [live(path, 'changed', `${path} is ${before}`, [{ path, before, after }])];
}

function leftover({ place }: VolumeSeen): VolumeStep {
  return live('unfinished', 'unmanaged', `${place.temporary} was left half-made`, []);
}

function live(
  id: VolumeStepId,
  kind: Step['class'],
  reason: string,
  changes: readonly FieldChange[],
): VolumeStep {
  return { id, effect: 'live', class: kind, reason, changes };
}
