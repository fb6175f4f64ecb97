import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { isCrash, type FakeHost } from '../../../fixtures/fakeHost.ts';
import { architecture } from '../../../reconcilers/container/observe.ts';
import { apply, plan, tidy } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const config = { Cmd: ['/bin/app'] };

/** A project with a capsule, and with an image of that reference for each other name. */
const project = (capsule: string, images: Readonly<Record<string, string>> = {}) =>
  readManifest(
    [
      'project = "demo"',
      `container.app.capsule = "${capsule}"`,
      ...Object.entries(images).map(([name, reference]) => `image.${name}.source = "docker://${reference}"`),
    ].join('\n'),
  );

const nothing = () => readManifest('project = "demo"\n');

function fetchedTwice({ kernel }: FakeHost): readonly string[] {
  const { fetched } = kernel.machine.registry;
  return fetched.filter((blob, index) => fetched.indexOf(blob) !== index);
}

const rootOf = (host: FakeHost): string =>
  /lowerdir=\S*?\/roots\/([0-9a-f]{64})/.exec(host.print())?.[1] ?? '';

describe('an image in a registry', () => {
  it('is pulled once for all that name it, however they spell it', async () => {
    const host = makeWorld();
    host.kernel.push('ubuntu:22.04', { config, layers: ['ubuntu'] });
    const manifest = await readManifest(
      'project = "demo"\ncontainer.one.capsule = "ubuntu:22.04"\ncontainer.two.capsule = "docker.io/library/ubuntu:22.04"\n',
    );
    expect((await plan(host, manifest)).filter((line) => line.includes(' pull '))).toEqual([
      'image.ubuntu:22.04 pull (it has not been pulled) source: undefined -> "docker://docker.io/library/ubuntu:22.04"',
    ]);
    await apply(host, manifest);
    expect(await plan(host, manifest)).toEqual([]);
    expect(host.kernel.machine.registry.fetched).toHaveLength(3);
  });

  it('shares the layers that another one has, and those that a killed pull has left', async () => {
    const host = makeWorld();
    host.kernel.push('lan:5000/a:1', { config, layers: ['base', 'a'] });
    host.kernel.push('lan:5000/b:1', { config: { Cmd: ['/bin/b'] }, layers: ['base', 'b1', 'b2', 'b3'] });
    await apply(host, await project('lan:5000/a:1'));
    const both = await project('lan:5000/a:1', { b: 'lan:5000/b:1' });
    for (let cut = 1; ; cut += 1) {
      host.kernel.crashAfter(cut);
      const crashed = await apply(host, both).then(() => false, isCrash);
      host.kernel.revive();
      if (!crashed) break;
    }
    expect(await plan(host, both)).toEqual([]);
    expect(fetchedTwice(host)).toEqual([]);
    expect(host.kernel.machine.registry.fetched).toContain(digest('b3'));
  });

  it('takes no blob for whole that is not', async () => {
    const host = makeWorld();
    const manifest = host.kernel.push('lan:5000/a:1', { config, layers: ['base'] });
    await apply(host, await project('lan:5000/a:1'));
    const files = host.kernel.machine.tree.all().map(([path]) => path);
    const blob = files.find((path) => path.endsWith(digest('base'))) ?? '';
    host.kernel.write(blob, 'cut off');
    host.kernel.push('lan:5000/b:1', { config: { Cmd: ['/b'] }, layers: ['base', 'b'] });
    await apply(host, await project('lan:5000/a:1', { b: 'lan:5000/b:1' }));
    const now = host.kernel.machine.tree.all().filter(([path]) => path.endsWith(digest('base')));
    expect(now.map(([, { text }]) => text)).toEqual(['base', 'base']);
    expect(rootOf(host)).toBe(manifest);
  });

  it('fetches a blob that goes from another image while it is being shared', async () => {
    const host = makeWorld();
    host.kernel.push('lan:5000/a:1', { config, layers: ['base'] });
    host.kernel.push('lan:5000/b:1', { config: { Cmd: ['/b'] }, layers: ['base', 'b'] });
    await apply(host, await project('lan:5000/a:1'));
    const both = await project('lan:5000/a:1', { b: 'lan:5000/b:1' });
    const link = (from: string, to: string): Promise<void> => {
      host.kernel.remove(from);
      return host.trees.link(from, to);
    };
    await apply({ ...host, trees: { ...host.trees, link } }, both);
    expect(fetchedTwice(host)).toEqual([digest('base')]);
    await apply(host, both);
    expect(await plan(host, both)).toEqual([]);
  });

  it('stays as it is when its tag moves, also when it is mended', async () => {
    const host = makeWorld();
    const before = host.kernel.push('lan:5000/a:1', { config, layers: ['old'] });
    const declared = await project('lan:5000/a:1');
    await apply(host, declared);
    host.kernel.push('lan:5000/a:1', { config, layers: ['new'] });
    expect(await plan(host, declared)).toEqual([]);
    const files = host.kernel.machine.tree.all().map(([path]) => path);
    host.kernel.remove(files.find((path) => path.endsWith(digest('old'))) ?? '');
    expect(await plan(host, declared)).toHaveLength(1);
    await apply(host, declared);
    expect(rootOf(host)).toBe(before);
    expect(await plan(host, declared)).toEqual([]);
  });

  it('has nothing to do when it is pinned to what it is, and moves when it is pinned to another one', async () => {
    const host = makeWorld();
    const old = host.kernel.push('lan:5000/a:1', { config, layers: ['old'] });
    const declared = async (reference: string) =>
      readManifest(
        `project = "demo"\nimage.a.source = "docker://${reference}"\ncontainer.app.capsule = "a"\n`,
      );
    await apply(host, await declared('lan:5000/a:1'));
    const moved = host.kernel.push('lan:5000/a:1', { config, layers: ['new'] });
    expect(await plan(host, await declared(`lan:5000/a@sha256:${old}`))).toEqual([]);
    const pinned = await declared(`lan:5000/a@sha256:${moved}`);
    expect((await plan(host, pinned)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      ...['container.app stop', 'container.app root', 'container.app bundle', 'container.app start'],
      'image.a pull',
    ]);
    await apply(host, pinned);
    expect(rootOf(host)).toBe(moved);
    expect(await plan(host, pinned)).toEqual([]);
  });

  it('goes with the last capsule that names it', async () => {
    const host = makeWorld();
    const before = host.print();
    await apply(host, await project('registry.lan/app:1'));
    await apply(host, await nothing());
    await tidy(host);
    expect(host.print()).toBe(before);
  });

  it.each([
    { reason: 'there is no such tag', capsule: 'registry.lan/app:9', code: 'image.missing' },
    {
      reason: 'nobody has that digest',
      capsule: `registry.lan/app@sha256:${'0'.repeat(64)}`,
      code: 'image.missing',
    },
    { reason: 'no registry answers', capsule: 'registry.lan/app:1', down: true, code: 'image.pull' },
    { reason: 'it is for another machine', capsule: 'lan:5000/other:1', code: 'image.invalid' },
    { reason: 'its index has none for this machine', capsule: 'lan:5000/index:none', code: 'image.invalid' },
    { reason: 'what is there is no image', capsule: 'lan:5000/chart:1', code: 'image.invalid' },
  ])('is refused and leaves nothing in force when $reason', async ({ capsule, down, code }) => {
    const host = makeWorld();
    const { kernel } = host;
    kernel.push('lan:5000/other:1', { config, layers: ['x'], architecture: 'riscv64' });
    put(
      host,
      'lan:5000/index:none',
      index([{ os: 'linux', architecture: 'riscv64', digest: 'a'.repeat(64) }]),
    );
    put(host, 'lan:5000/chart:1', '{"schemaVersion":2}');
    kernel.cutOff(down === true);
    const manifest = await project(capsule);
    await expect(apply(host, manifest)).rejects.toMatchObject({ code });
    expect((await plan(host, manifest)).join('\n')).toContain('it has not been pulled');
    await apply(host, await nothing());
  });

  it('is the one for this machine, of an index', async () => {
    const host = makeWorld();
    const one = host.kernel.push('lan:5000/a:1', { config, layers: ['for others'], architecture: 'riscv64' });
    const other = host.kernel.push('lan:5000/a:2', { config, layers: ['for this'] });
    const platforms = [
      { os: 'linux', architecture: 'riscv64', digest: one },
      { os: 'linux', architecture, digest: other },
    ];
    const top = put(host, 'lan:5000/a:all', index(platforms));
    await apply(host, await project('lan:5000/a:all'));
    expect(rootOf(host)).toBe(other);
    expect(await plan(host, await project('lan:5000/a:all'))).toEqual([]);
    const pinned = `project = "demo"\nimage.a.source = "docker://lan:5000/a@sha256:${top}"\ncontainer.app.capsule = "a"\n`;
    await apply(host, await readManifest(pinned));
    expect(rootOf(host)).toBe(other);
  });
});

function index(platforms: readonly { os: string; architecture: string; digest: string }[]): string {
  const manifests = platforms.map(({ os, architecture: of, digest: each }) => {
    return { digest: `sha256:${each}`, platform: { os, architecture: of } };
  });
  return JSON.stringify({ schemaVersion: 2, manifests });
}

/** Puts any text in the place of a manifest; returns its digest. */
function put({ kernel }: FakeHost, reference: string, text: string): string {
  const { references, blobs } = kernel.machine.registry;
  blobs.set(digest(text), text);
  references.set(reference, digest(text));
  references.set(`${reference.slice(0, reference.lastIndexOf(':'))}@sha256:${digest(text)}`, digest(text));
  return digest(text);
}
