import { describe, expect, it } from 'vitest';

import { textOf } from '../../../schema/sensitive.ts';
import { diff } from '../../../reconcilers/container/diff.ts';
import type { ContainerSeen } from '../../../reconcilers/container/seen.ts';
import { converged, declared, deps, ended, image } from './converged.ts';

const resource = declared({ capsule: { type: 'image', name: 'base' } });
const now = '/data/images/demo/base/1/root';
const next = '/data/images/demo/base/2/root';
const of = { ...image, from: now, lower: now };
const running = { ...converged(resource, of), before: of };
const inLayout = {
  ...image,
  from: '/data/images/demo/base/1/layout',
  lower: '/roots/abc/rootfs',
};
const layout = { ...converged(resource, inLayout), before: inLayout };

function words(seen: ContainerSeen, path: string | undefined, root?: string): string {
  const outputs = { ...(path === undefined ? {} : { path }), ...(root === undefined ? {} : { root }) };
  const around = {
    ...deps,
    outputs: (address: string) =>
      address === 'image.base' ? outputs : deps.outputs(address as 'image.base'),
  };
  const steps = diff({ address: 'container.web', resource, seen, deps: around });
  return steps.map(({ id, effect }) => (effect === 'live' ? id : `${id} (${effect})`)).join(', ');
}

describe('diff of a container in a declared image', () => {
  it.each([
    { reason: 'the image stays', seen: running, path: now, steps: '' },
    {
      reason: 'of the image nothing is known, and it is left alone',
      seen: running,
      path: undefined,
      steps: '',
    },
    {
      reason: 'the image is about to become another one',
      seen: running,
      path: next,
      steps: 'stop (replace), root (replace), bundle (restart), start (replace)',
    },
    {
      reason: 'it became another one',
      seen: { ...running, image: { ...of, from: next, lower: next } },
      path: next,
      steps: 'stop (replace), root (replace), bundle (restart), start (replace)',
    },
    {
      reason: 'it has ended, and is to run in another one',
      seen: { ...ended(0, resource), image: of, upperOf: now },
      path: next,
      steps: 'root (replace), bundle, start',
    },
    {
      reason: 'the image is gone, and comes back as it was',
      seen: { ...running, image: undefined },
      path: now,
      steps: '',
    },
    {
      reason: 'the image is gone, and another one comes',
      seen: { ...running, image: undefined },
      path: next,
      steps: 'stop (replace), root (replace), bundle (restart), start (replace)',
    },
    {
      reason: 'another image layout comes for the first time',
      seen: { ...converged(declared()), image: undefined, before: image },
      path: '/data/images/demo/base/1/layout',
      root: '/roots/abc/rootfs',
      steps: 'stop (replace), root (replace), bundle (restart), start (replace)',
    },
    {
      reason: 'the image cannot be its capsule, and another one comes',
      seen: { ...layout, image: undefined },
      path: next,
      steps: 'stop (replace), root (replace), bundle (restart), start (replace)',
    },
    {
      reason: 'an image layout comes back, whose root is unpacked elsewhere',
      seen: { ...layout, image: undefined },
      path: '/data/images/demo/base/1/layout',
      root: '/roots/abc/rootfs',
      steps: '',
    },
    {
      reason: 'another layout holds the same image',
      seen: layout,
      path: '/data/images/demo/base/2/layout',
      root: '/roots/abc/rootfs',
      steps: '',
    },
    {
      reason: 'the image becomes what the container was made on, by another name',
      seen: { ...layout, image: of },
      path: '/data/images/demo/base/1/layout',
      root: '/roots/abc/rootfs',
      steps: '',
    },
    {
      reason: 'the image comes back as it was, and another line is changed',
      seen: { ...running, image: undefined, config: textOf(running.config ?? '').replace('hello', 'bye') },
      path: now,
      steps: 'stop (restart), bundle (restart), start (restart)',
    },
    {
      reason: 'the machine has been started anew, and the image is gone',
      seen: {
        ...ended(undefined, resource),
        image: undefined,
        before: of,
        upperOf: now,
        root: undefined,
        config: undefined,
      },
      path: now,
      steps: 'root, bundle, start',
    },
    {
      reason: 'its first start was cut off',
      seen: {
        ...ended(undefined, resource),
        image: undefined,
        upperOf: undefined,
        root: undefined,
        config: undefined,
      },
      path: now,
      steps: 'root, bundle, start',
    },
  ])('plans "$steps": $reason', ({ seen, path, root, steps }) => {
    expect(words(seen, path, root)).toBe(steps);
  });
});
