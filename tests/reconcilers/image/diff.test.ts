import { describe, expect, it } from 'vitest';

import { scopeOf } from '../../../reconcilers/identity.ts';
import { diff } from '../../../reconcilers/image/diff.ts';
import { image } from '../../../reconcilers/image/index.ts';
import { imagePlace } from '../../../reconcilers/image/place.ts';
import type { Damage } from '../../../reconcilers/image/record.ts';
import type { ImageSeen } from '../../../reconcilers/image/seen.ts';
import type { Dependencies } from '../../../reconcilers/reconciler.ts';
import type { ImageSpec } from '../../../schema/image.ts';
import type { Resource } from '../../../schema/manifest.ts';

const place = imagePlace(scopeOf(undefined, '/var/lib/nova'), 'demo', 'image.base');
const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
const deps: Dependencies = { spec: () => undefined, outputs: () => undefined, ip: () => undefined };

function declared(spec: ImageSpec): Resource<'image'> {
  const at = { file: 'NovaFile.toml', line: 1, column: 1 };
  return { address: 'image.base', kind: 'image', name: 'base', spec, at, dependsOn: [] };
}

const imported = declared({ source: '/srv/root' });
const made = declared({ type: 'initramfs', files: { '/init': '/srv/init' }, links: {}, folders: [] });

function seen(changed: Partial<ImageSeen> = {}): ImageSeen {
  const current = {
    digest: one,
    format: 'root' as const,
    manifest: undefined,
    pulled: undefined,
    size: 10,
    damages: [],
  };
  return {
    place,
    wanted: { digest: one, format: 'root', manifest: undefined },
    current,
    unfinished: false,
    disks: [],
    ...changed,
  };
}

function damaged(...damages: readonly Damage[]): ImageSeen {
  return seen({
    current: { digest: one, format: 'root', manifest: undefined, pulled: undefined, size: 10, damages },
  });
}

describe('diff of an image', () => {
  it.each([
    { reason: 'it is as it should be', resource: imported, found: seen(), ids: [] },
    { reason: 'nothing is there', resource: imported, found: undefined, ids: ['import missing'] },
    {
      reason: 'it is known what it would be',
      resource: imported,
      found: seen({ current: undefined }),
      ids: ['import missing'],
    },
    {
      reason: 'listed files are made, not imported',
      resource: made,
      found: undefined,
      ids: ['build missing'],
    },
    {
      reason: 'its source changed',
      resource: imported,
      found: seen({ wanted: { digest: two, format: 'root', manifest: undefined } }),
      ids: ['import changed'],
    },
    {
      reason: 'its files changed',
      resource: made,
      found: seen({ wanted: { digest: two, format: 'initramfs', manifest: undefined } }),
      ids: ['build changed'],
    },
    {
      reason: 'its source cannot be read, and the image stays',
      resource: imported,
      found: seen({ wanted: undefined }),
      ids: [],
    },
    {
      reason: 'a file was edited',
      resource: imported,
      found: damaged({ path: '/bin/sh', what: 'changed' }),
      ids: ['import changed'],
    },
    {
      reason: 'a file was added',
      resource: imported,
      found: damaged({ path: '/x', what: 'added' }),
      ids: ['import changed'],
    },
    {
      reason: 'of several differences what is missing counts',
      resource: imported,
      found: damaged({ path: '/x', what: 'added' }, { path: '/bin/sh', what: 'missing' }),
      ids: ['import missing'],
    },
    {
      reason: 'a cut-off run left something',
      resource: imported,
      found: seen({ unfinished: true }),
      ids: ['unfinished unmanaged'],
    },
    {
      reason: 'making it again clears what was left',
      resource: imported,
      found: seen({ unfinished: true, current: undefined }),
      ids: ['import missing'],
    },
    {
      reason: 'it is not declared',
      resource: undefined,
      found: seen({ wanted: undefined }),
      ids: ['drop unmanaged'],
    },
    {
      reason: 'it is not declared and half-made',
      resource: undefined,
      found: seen({ wanted: undefined, current: undefined, unfinished: true }),
      ids: ['drop unmanaged'],
    },
    { reason: 'nothing is declared or there', resource: undefined, found: undefined, ids: [] },
  ])('is $ids: $reason', ({ resource, found, ids }) => {
    const steps = diff({ resource, seen: found, deps });
    expect(steps.map(({ id, class: drift }) => `${id} ${drift}`)).toEqual(ids);
    expect(steps.every(({ effect }) => effect === 'live')).toBe(true);
  });

  it('says which digest goes and which comes, and what was damaged', () => {
    expect(
      diff({
        resource: imported,
        seen: seen({ wanted: { digest: two, format: 'root', manifest: undefined } }),
        deps,
      })[0],
    ).toMatchObject({
      reason: 'what it is made of changed',
      changes: [{ path: 'digest', before: '1'.repeat(12), after: '2'.repeat(12) }],
    });
    expect(
      diff({ resource: imported, seen: damaged({ path: '/bin/sh', what: 'missing' }), deps })[0],
    ).toMatchObject({
      reason: `/bin/sh in ${place.path} is missing`,
      changes: [{ path: '/bin/sh', before: 'missing', after: 'as it was made' }],
    });
  });
});

describe('diff of an image that is not declared', () => {
  const vm = (image: object | undefined): Dependencies => ({
    ...deps,
    spec: ((kind: string, name: string) =>
      kind === 'vm' && name === 'box' ? { image } : undefined) as Dependencies['spec'],
  });
  const under = seen({ wanted: undefined, disks: ['vm.box'] });
  it.each([
    { reason: 'the machine goes, and its disk with it', around: deps, ids: ['drop'] },
    { reason: 'the machine gets another disk', around: vm({ type: 'path', path: '/x' }), ids: ['drop'] },
    { reason: 'the machine keeps what it has written', around: vm(undefined), ids: [] },
  ])('is $ids: $reason', ({ around, ids }) => {
    expect(diff({ resource: undefined, seen: under, deps: around }).map(({ id }) => id)).toEqual(ids);
  });
});

describe('outputs of an image', () => {
  it.each([
    {
      reason: 'what it will be is known before it is',
      found: seen({ current: undefined, wanted: { digest: two, format: 'qcow2', manifest: undefined } }),
      path: `${place.path}/${two}/disk.qcow2`,
    },
    {
      reason: 'users move to what it becomes',
      found: seen({ wanted: { digest: two, format: 'raw', manifest: undefined } }),
      path: `${place.path}/${two}/file`,
    },
    {
      reason: 'without its source it stays',
      found: seen({ wanted: undefined }),
      path: `${place.path}/${one}/root`,
    },
    { reason: 'nothing is known', found: undefined, path: undefined },
  ])('have the path $path: $reason', ({ found, path }) => {
    expect(image.outputs(imported, found, deps)['path']).toBe(path);
  });
});

describe('the root that an image gives to capsules', () => {
  it('is the unpacked one, of a layout that holds one for this machine', () => {
    const wanted = { digest: two, format: 'oci' as const, manifest: 'c'.repeat(64) };
    expect(image.outputs(imported, seen({ wanted }), deps)).toEqual({
      path: `${place.path}/${two}/layout`,
      digest: two,
      format: 'oci',
      root: `/var/lib/nova/roots/${'c'.repeat(64)}/rootfs`,
    });
  });
});

describe('whether an image is made', () => {
  const made = (found: ImageSeen) => image.outputs(imported, found, deps)['made'];
  it('is told with its digest, as long as nothing is left to do', () => {
    expect(made(seen())).toBe(one);
    expect(made(seen({ wanted: undefined }))).toBe(one);
    expect(made(seen({ current: undefined }))).toBeUndefined();
    expect(made(seen({ wanted: { digest: two, format: 'root', manifest: undefined } }))).toBeUndefined();
    expect(made(damaged({ path: '/x', what: 'added' }))).toBeUndefined();
  });
});

describe('the line of an image', () => {
  it.each([
    { size: 10, words: '10 B' },
    { size: 3_355_443, words: '3.2 MiB' },
    { size: 200 * 2 ** 30, words: '200 GiB' },
    { size: 1023, words: '1023 B' },
    { size: 0, words: '0 B' },
  ])('shows $size bytes as $words', ({ size, words }) => {
    const current = {
      digest: one,
      format: 'qcow2' as const,
      manifest: undefined,
      pulled: undefined,
      size,
      damages: [],
    };
    expect(image.describe(seen({ current }))).toEqual({
      state: 'present',
      details: `qcow2, ${words}, 111111111111/disk.qcow2`,
    });
  });

  it('says that it is damaged', () => {
    expect(image.describe(damaged({ path: '/x', what: 'added' })).state).toBe('damaged');
  });
});
