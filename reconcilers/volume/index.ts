import type { Reconciler } from '../reconciler.ts';
import { unbuiltKeys } from '../unbuilt.ts';
import { converge } from './converge.ts';
import { diff, forget, type VolumeStep } from './diff.ts';
import { marksIn } from '../folderMark.ts';
import { observe } from './observe.ts';
import { projectFolder } from './place.ts';
import type { VolumeSeen } from './seen.ts';

/** Volumes: folders that outlive whoever uses them. */
export const volume: Reconciler<'volume', VolumeSeen, VolumeStep> = {
  kind: 'volume',
  uses: [],
  requires: () => ['xattr'],
  unbuilt: (spec) => unbuiltKeys(spec, ['type', 'size', 'snapshots']),
  marks: (view) => marksIn(view, projectFolder(view.scope, view.project), 'volume'),
  observe,
  diff,
  forget,
  converge,
  ready: async () => ({ ready: true }),
  outputs: (_resource, seen) => (seen === undefined ? {} : { path: seen.place.path }),
  outputNames: ['path'],
  describe: ({ place, folder }) =>
    folder === undefined
      ? { state: 'missing', details: place.path }
      : { state: 'present', details: `${place.path}, ${folder.mode}, ${folder.owner}` },
};
