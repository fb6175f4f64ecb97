import { describe, expect, it } from 'vitest';

import type { Resource } from '../../../schema/manifest.ts';
import { scopeOf } from '../../../reconcilers/identity.ts';
import { diff } from '../../../reconcilers/volume/diff.ts';
import { volumePlace } from '../../../reconcilers/volume/place.ts';
import type { VolumeSeen } from '../../../reconcilers/volume/seen.ts';

const place = volumePlace(scopeOf(undefined, '/var/lib/nova'), 'demo', 'volume.pages');
const folder = { mode: '0750', owner: '33:33' };
const resource: Resource<'volume'> = {
  address: 'volume.pages',
  kind: 'volume',
  name: 'pages',
  spec: folder,
  at: { file: 'NovaFile.toml', line: 1, column: 1 },
  dependsOn: [],
};
const there: VolumeSeen = { place, folder, unfinished: false };

describe('diff of a volume', () => {
  it('law: a converged volume needs nothing', () => {
    expect(diff({ resource, seen: there })).toEqual([]);
  });

  it.each([
    {
      reason: 'there is no folder',
      seen: undefined,
      steps: [
        { id: 'create', class: 'missing', reason: 'its folder is not there; whatever was in it is gone' },
      ],
    },
    {
      reason: 'a crash left it half-made',
      seen: { ...there, folder: undefined, unfinished: true },
      steps: [{ id: 'create', class: 'missing', reason: 'its folder was left half-made' }],
    },
    {
      reason: 'its mode was changed',
      seen: { ...there, folder: { ...folder, mode: '2777' } },
      steps: [{ id: 'mode', class: 'changed', changes: [{ path: 'mode', before: '2777', after: '0750' }] }],
    },
    {
      reason: 'owner and mode were changed; a new owner may cost a mode its bits, so the mode comes last',
      seen: { ...there, folder: { mode: '0755', owner: '0:0' } },
      steps: [
        { id: 'owner', class: 'changed', changes: [{ path: 'owner', before: '0:0', after: '33:33' }] },
        { id: 'mode', class: 'changed', changes: [{ path: 'mode', before: '0755', after: '0750' }] },
      ],
    },
    {
      reason: 'a leftover lies beside it',
      seen: { ...there, unfinished: true },
      steps: [{ id: 'unfinished', class: 'unmanaged' }],
    },
  ])('repairs it, live, when $reason', ({ seen, steps }) => {
    const found = diff({ resource, seen });
    expect(found).toMatchObject(steps);
    expect(found).toHaveLength(steps.length);
    expect(found.every(({ effect }) => effect === 'live')).toBe(true);
  });

  it('loses data when it goes, and says so', () => {
    expect(diff({ resource: undefined, seen: there })).toMatchObject([{ id: 'delete', effect: 'data-loss' }]);
  });

  it('loses nothing when what goes was never finished', () => {
    const seen = { ...there, folder: undefined, unfinished: true };
    expect(diff({ resource: undefined, seen })).toMatchObject([{ id: 'unfinished', effect: 'live' }]);
  });
});
