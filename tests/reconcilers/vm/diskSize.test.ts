import { describe, expect, it } from 'vitest';

import { makePlan } from '../../../controller/plan/makePlan.ts';
import type { PlannedResource } from '../../../controller/plan/plan.ts';
import { survey } from '../../../controller/plan/survey.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import { vm } from '../../../reconcilers/vm/index.ts';
import type { VmStep } from '../../../reconcilers/vm/step.ts';
import type { Manifest, Resource } from '../../../schema/manifest.ts';
import { apply } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';
import { dependencies } from './specs.ts';

const file = '/lab/system.qcow2';
const declared = `[image.system]\nsource = "${file}"\n`;
const lan = '[network.lan]\nsubnet = "192.168.77.1/24"\n';

function box(image: string, size?: string): string {
  return `[vm.box]\nimage = "${image}"\n${size === undefined ? '' : `disk = { size = "${size}" }\n`}`;
}

/** @param size of the image, in bytes */
function worldWith(size: number): FakeHost {
  const host = makeWorld();
  writeImage(host, size);
  return host;
}

function writeImage(host: FakeHost, size: number): void {
  host.kernel.write(file, JSON.stringify({ format: 'qcow2', size }));
}

const read = (...tables: readonly string[]) => readManifest(`project = "demo"\n${tables.join('')}`);

async function planned(host: FakeHost, manifest: Manifest): Promise<readonly PlannedResource[]> {
  return makePlan(manifest, await survey(host.view(), manifest)).resources;
}

async function problemsOf(host: FakeHost, manifest: Manifest) {
  return (await planned(host, manifest)).flatMap(({ problems }) => problems);
}

describe('a disk that is smaller than its image', () => {
  it('is a problem of its machine, with its place, both sizes and what to write; the rest goes on', async () => {
    const host = worldWith(8 * 2 ** 20);
    const before = host.print();
    const [network, machine] = await planned(host, await read(lan, box(file, '4Mi')));
    expect(machine?.problems).toEqual([
      {
        code: 'vm.disk-size',
        message: `vm.box: its disk of 4Mi is smaller than its image ${file}, which has 8Mi`,
        hint: 'write disk = { size = "8Mi" } or more, or leave out disk to have as much as the image',
        at: expect.objectContaining({ line: 4, column: 1 }),
        about: { resource: 'vm.box', path: ['disk', 'size'] },
      },
    ]);
    expect([machine?.address, machine?.steps]).toEqual(['vm.box', []]);
    expect([network?.address, network?.action]).toEqual(['network.lan', 'create']);
    expect(host.print()).toBe(before);
  });

  it.each([
    { image: 2 ** 23, size: '8Mi', hint: undefined, reason: 'it is as large' },
    { image: 2 ** 23, size: '1Gi', hint: undefined, reason: 'it is larger' },
    { image: 2 ** 23, size: undefined, hint: undefined, reason: 'it has no size of its own' },
    {
      image: 2 ** 23 + 1,
      size: '8Mi',
      hint: '9Mi',
      reason: 'by one byte: what to write is a size that can be',
    },
    { image: 3 * 2 ** 30, size: '3G', hint: '3Gi', reason: 'decimal units are smaller' },
  ])('$reason: $size over $image bytes', async ({ image, size, hint }) => {
    const problems = await problemsOf(worldWith(image), await read(box(file, size)));
    expect(problems.map((problem) => /size = "(\w+)"/.exec(problem.hint ?? '')?.[1])).toEqual(
      hint === undefined ? [] : [hint],
    );
    if (hint !== undefined)
      expect(await problemsOf(worldWith(image), await read(box(file, hint)))).toEqual([]);
  });

  it('is seen over a raw file too, whose size is its length', async () => {
    const host = makeWorld();
    host.kernel.write(file, 'x'.repeat(2 ** 21));
    const codes = async (size: string) =>
      (await problemsOf(host, await read(box(file, size)))).map(({ code }) => code);
    expect(await codes('1Mi')).toEqual(['vm.disk-size']);
    expect(await codes('2Mi')).toEqual([]);
  });

  it('leaves a machine alone that is there', async () => {
    const host = worldWith(2 ** 23);
    await apply(host, await read(box(file)));
    const [machine] = await planned(host, await read(box(file, '4Mi'), 'cpu = 2\n'));
    expect(machine).toMatchObject({ action: 'no-op', steps: [], problems: [{ code: 'vm.disk-size' }] });
  });

  it('is seen over a declared image that is made, unless that becomes another one', async () => {
    const host = worldWith(2 ** 23);
    await apply(host, await read(declared));
    const manifest = await read(declared, box('system', '4Mi'));
    expect(await problemsOf(host, manifest)).toMatchObject([
      { code: 'vm.disk-size', message: expect.stringContaining('its image image.system, which has 8Mi') },
    ]);
    writeImage(host, 2 ** 21);
    expect(await problemsOf(host, manifest)).toEqual([]);
  });

  it('is not known of an image that is yet to be made; then no disk is made over it', async () => {
    const host = worldWith(2 ** 23);
    const manifest = await read(declared, box('system', '4Mi'));
    const machine = (await planned(host, manifest)).find(({ kind }) => kind === 'vm');
    expect(machine?.problems).toEqual([]);
    const step = machine?.steps.find(({ id }) => id === 'disk') as VmStep;
    const path = step.changes.find((change) => change.path === 'image')?.after;
    await apply(host, await read(declared));
    const resource = manifest.resources.find(({ kind }) => kind === 'vm') as Resource<'vm'>;
    const deps = { ...dependencies(), outputs: () => ({ path: String(path) }) };
    const work = { address: resource.address, step, resource, seen: undefined, deps };
    const before = host.print();
    await expect(vm.converge(host, work, new AbortController().signal)).rejects.toMatchObject({
      code: 'vm.disk-size',
      at: resource.at,
      hint: expect.stringContaining('disk = { size = "8Mi" }'),
    });
    expect(host.print()).toBe(before);
  });
});
