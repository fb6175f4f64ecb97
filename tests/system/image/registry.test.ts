import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createRegistry, type TestRegistry } from '../support/registry.ts';
import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let registry: TestRegistry;
let before: string[];
const made = new AsyncDisposableStack();

beforeAll(async () => {
  world = made.use(await createWorld());
  registry = made.use(await createRegistry(world));
  before = await world.state();
  await makeLayout('one');
  await registry.push(layoutOf('one'), 'team/app:1');
  // The same base, and one layer more.
  await cp(layoutOf('one'), layoutOf('two'), { recursive: true });
  await addFile('two', 'version', 'two\n');
  await registry.push(layoutOf('two'), 'team/app:2');
});

afterAll(() => made.disposeAsync());

const layoutOf = (name: string): string => join(world.folder, `layout-${name}`);

/** An OCI image layout with the busybox root. */
async function makeLayout(name: string): Promise<void> {
  const layout = layoutOf(name);
  const image = `${layout}:latest`;
  await must(['umoci', 'init', '--layout', layout]);
  await must(['umoci', 'new', '--image', image]);
  await must(['umoci', 'insert', '--image', image, join(world.folder, 'root'), '/']);
  const command = ['sh', '-c', 'cat /version; exec sleep 100000'];
  await must(['umoci', 'config', '--image', image, ...command.flatMap((word) => ['--config.cmd', word])]);
  await addFile(name, 'version', `${name}\n`);
}

async function addFile(name: string, file: string, text: string): Promise<void> {
  const from = join(world.folder, 'insert');
  await writeFile(from, text);
  await must(['umoci', 'insert', '--image', `${layoutOf(name)}:latest`, from, `/${file}`]);
}

const novaFile = (reference: string): string => `
project = "demo"

[image.app]
source = "docker://${registry.host}/${reference}"
insecure = true

[container.app]
capsule = "app"
restart = "never"
stop_timeout = 0
`;

const images = (): string => join(world.scope.data, 'images');

async function applyFails(code: string): Promise<string> {
  const ended = await world.nova(['apply', '--yes']);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(`[${code}]`);
  return ended.stderr;
}

describe('an image in a registry', () => {
  it('is planned without asking the registry, and changes nothing', async () => {
    await world.write(novaFile('team/app:1'));
    await registry.stop();
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('image.app will be created');
    expect(plan).toContain(`docker://${registry.host}/team/app:1`);
    expect(plan).toContain('(known after apply)');
    expect(await world.state()).toEqual(before);
  });

  it('says so when the registry is down, and leaves nothing in force', async () => {
    expect(await applyFails('image.pull')).toContain('connection refused');
    await registry.start();
  });

  it('is pulled once, runs, and leaves nothing to do', async () => {
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['logs', 'app'])).toBe('one\n');
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    expect(await world.drift()).toEqual([]);
    const fetched = await registry.fetched();
    expect(new Set(fetched).size).toBe(fetched.length);
    expect(await world.novaMust(['ls'])).toMatch(
      /image\.app +present +oci, .* 10\.90\.0\.1:5000\/team\/app@sha256:/,
    );
  });

  it('fetches of another tag only what is new in it', async () => {
    const known = new Set(await registry.fetched());
    await world.write(novaFile('team/app:2'));
    expect(await world.novaMust(['plan'])).toContain('container.app will be replaced');
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['logs', 'app'])).toContain('two\n');
    const fetched = await registry.fetched();
    expect(fetched.length).toBeGreaterThan(known.size);
    expect(new Set(fetched).size).toBe(fetched.length);
    expect(await world.drift()).toEqual([]);
  });

  it('stays when its tag moves, until the NovaFile names the new digest', async () => {
    await cp(layoutOf('two'), layoutOf('three'), { recursive: true });
    await addFile('three', 'version', 'three\n');
    const moved = await registry.push(layoutOf('three'), 'team/app:2');
    expect(await world.novaMust(['apply', '--yes'])).toContain('Nothing to do');
    await world.write(novaFile(`team/app@sha256:${moved}`));
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['logs', 'app'])).toContain('three\n');
    // The tag leads to the same by now: pinned or not, it is what is there.
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
  });

  it('is mended by its digest when a blob of it is cut off or gone', async () => {
    for (const damage of [(file: string) => truncate(file, 10), (file: string) => rm(file)]) {
      const blobs = join(currentOf('app'), 'layout/blobs/sha256');
      const [blob = ''] = readdirSync(blobs);
      await damage(join(blobs, blob));
      expect((await world.drift()).map(({ address }) => address)).toContain('image.app');
      const pid = await world.novaMust(['exec', 'app', '--', 'cat', '/proc/1/stat']);
      await world.novaMust(['apply', '--yes']);
      expect(await world.drift()).toEqual([]);
      expect((await world.novaMust(['exec', 'app', '--', 'cat', '/proc/1/stat'])).split(' ')[21]).toBe(
        pid.split(' ')[21],
      );
    }
  });

  it.each([
    { reason: 'there is no such tag', reference: 'team/app:9', code: 'image.missing' },
    { reason: 'there is no such image', reference: 'team/other:1', code: 'image.missing' },
    {
      reason: 'nobody has that digest',
      reference: `team/app@sha256:${'0'.repeat(64)}`,
      code: 'image.missing',
    },
  ])('is refused when $reason, and what runs goes on', async ({ reference, code }) => {
    await world.write(novaFile(reference));
    await applyFails(code);
    expect(await world.novaMust(['exec', 'app', '--', 'cat', '/version'])).toBe('three\n');
  });

  it('is not pulled over plain HTTP unless the NovaFile says so', async () => {
    await world.write(
      `project = "demo"\n[container.app]\ncapsule = "${registry.host}/team/app:1"\nstop_timeout = 0\n`,
    );
    expect(await applyFails('image.pull')).toContain('insecure = true');
  });

  it('is not taken when the registry gives a blob that is cut off, and is when it is whole again', async () => {
    await cp(layoutOf('one'), layoutOf('four'), { recursive: true });
    await addFile('four', 'version', `four\n`);
    const digest = await registry.push(layoutOf('four'), 'team/app:4');
    const manifest = await readFile(registry.blob(digest), 'utf8');
    const layer = /.*sha256:([0-9a-f]{64})/s.exec(manifest)?.[1] ?? '';
    const whole = await readFile(registry.blob(layer));
    await truncate(registry.blob(layer), 20);
    await world.write(novaFile('team/app:4'));
    expect(await applyFails('image.pull')).toMatch(/[Dd]igest did not match|unexpected EOF/);
    await writeFile(registry.blob(layer), whole);
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['logs', 'app'])).toContain('four\n');
  });

  it('is pulled by the next run after kill -9 in the middle, and no blob twice', async () => {
    const layer = await makeLarge('large');
    await registry.push(layoutOf('large'), 'team/large:1');
    await world.write(
      `${novaFile('team/app:4')}\n[image.large]\nsource = "docker://${registry.host}/team/large:1"\ninsecure = true\n`,
    );
    const work = join(images(), 'demo/large/.new/layout');
    const wholeAfter = new Map<string, number>();
    let cut = 0;
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const [program = '', ...args] = world.command(['apply', '--yes']);
      const child = spawn(program, args, { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('close', resolve));
      while (child.exitCode === null && !isPulling(work)) await sleep(1);
      // Each time a little further on.
      await sleep(attempt * 15);
      if (child.exitCode === null) cut += 1;
      child.kill('SIGKILL');
      await ended;
      const blobs = join(work, 'blobs/sha256');
      for (const blob of existsSync(blobs) ? readdirSync(blobs) : [])
        wholeAfter.set(blob, wholeAfter.get(blob) ?? attempt + 1);
    }
    expect(cut).toBeGreaterThan(0);
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    expect(existsSync(join(images(), 'demo/large/.new'))).toBe(false);
    expect(sha256(join(currentOf('large'), 'layout/blobs/sha256', layer))).toBe(layer);
    const fetched = await registry.fetched();
    for (const [blob, pulls] of wholeAfter)
      expect(fetched.filter((each) => each === blob).length, blob).toBeLessThanOrEqual(pulls);
  });

  it('is taken away without a trace', async () => {
    await world.novaMust(['destroy', '--yes']);
    expect(await world.state()).toEqual(before);
  });
});

/** The image that is in force. */
function currentOf(name: string): string {
  const folder = join(images(), 'demo', name);
  return join(folder, readFileSync(join(folder, 'current'), 'utf8').trim());
}

/** A layout of which nobody makes a root, with a layer that takes its time; returns the digest of that. */
async function makeLarge(name: string): Promise<string> {
  const layout = layoutOf(name);
  const blobs = join(layout, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const add = async (content: Buffer | string) => {
    const digest = createHash('sha256').update(content).digest('hex');
    await writeFile(join(blobs, digest), content);
    return { digest: `sha256:${digest}`, size: content.length };
  };
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const bytes = (length: number) => gzipSync(randomBytes(length), { level: 1 });
  const [small, layer] = [await add(bytes(10)), await add(bytes(96 * 2 ** 20))];
  const rootfs = { type: 'layers', diff_ids: [small.digest, layer.digest] };
  const config = await add(JSON.stringify({ architecture, os: 'linux', config: {}, rootfs }));
  const mediaType = (of: string) => `application/vnd.oci.image.${of}`;
  const layers = [small, layer].map((each) => ({ mediaType: mediaType('layer.v1.tar+gzip'), ...each }));
  const manifest = await add(
    JSON.stringify({
      schemaVersion: 2,
      config: { mediaType: mediaType('config.v1+json'), ...config },
      layers,
    }),
  );
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  const manifests = [{ mediaType: mediaType('manifest.v1+json'), ...manifest, annotations }];
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return layer.digest.slice('sha256:'.length);
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function isPulling(layout: string): boolean {
  return existsSync(layout) && readdirSync(layout).some((name) => name.startsWith('oci-put-blob'));
}
