import { describe, expect, it } from 'vitest';

import { survey } from '../../../controller/plan/survey.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import { apply, plan } from '../../contracts/reconciler/driver.ts';
import { images, makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const address = '0000:08:00.0';
const card = `project = "demo"\n[gpu.shared]\naddress = "${address}"\ndriver = "host"\n`;
const machine = (types: readonly string[], name = 'box'): string => `
[vm.${name}]
image = "${images[0]}"
memory = "64Mi"
accel = "tcg"
gpu_passthrough = [${types.map((type) => `{ name = "shared", mdev = "${type}" }`).join(', ')}]
`;

const madeOf = (host: FakeHost) =>
  host.kernel.machine.pci.devices.find((device) => device.address === address)?.mediated ?? [];
const typesOf = (host: FakeHost) =>
  madeOf(host)
    .map(({ type }) => type)
    .toSorted();
const had = (host: FakeHost) =>
  [...host.kernel.machine.processes.values()].flatMap(({ vm }) => [...(vm?.devices.values() ?? [])]);

describe('the mediated devices of a machine', () => {
  it('are made for it, given to it, and go with it', async () => {
    const host = makeWorld();
    const before = host.print();
    const manifest = await readManifest(card + machine(['nvidia-63', 'nvidia-63', 'nvidia-62']));
    await apply(host, manifest);
    expect(typesOf(host)).toEqual(['nvidia-62', 'nvidia-63', 'nvidia-63']);
    expect(had(host).toSorted()).toEqual(madeOf(host).map(({ uuid }) => uuid));
    expect((await plan(host, manifest)).length).toBe(0);
    await apply(host, await readManifest('project = "demo"\n'));
    expect(typesOf(host)).toEqual([]);
    expect(host.print()).toBe(before);
  });

  it('are changed while it runs, and those that stay are the same', async () => {
    const host = makeWorld();
    await apply(host, await readManifest(card + machine(['nvidia-63', 'nvidia-62'])));
    const stays = madeOf(host).find(({ type }) => type === 'nvidia-62');
    const [pid] = host.kernel.pids('qemu-system');
    await apply(host, await readManifest(card + machine(['nvidia-62'])));
    expect(madeOf(host)).toEqual([stays]);
    expect(host.kernel.pids('qemu-system')).toEqual([pid]);
  });

  it('are its own, and not those of another machine nor of a hand', async () => {
    const host = makeWorld();
    const byHand = { uuid: '5b0f8a3c-7f10-4a8e-9c1d-0242ac120002', type: 'nvidia-62' };
    await host.pci.mediate(address, byHand);
    const one = machine(['nvidia-63'], 'one');
    await apply(host, await readManifest(card + one + machine(['nvidia-63'], 'two').replace(...otherImage)));
    expect(typesOf(host)).toEqual(['nvidia-62', 'nvidia-63', 'nvidia-63']);
    await apply(host, await readManifest(card + one));
    expect(typesOf(host)).toEqual(['nvidia-62', 'nvidia-63']);
    expect(madeOf(host)).toContainEqual(byHand);
  });

  it.each([
    { types: ['nvidia-99'], why: /no device of this host makes mediated devices of the type nvidia-99/ },
    { types: Array.from({ length: 5 }, () => 'nvidia-63'), why: /5 more .* are wanted, and 4 can be made/ },
  ])('are refused when planning where they cannot be made: $types', async ({ types, why }) => {
    const { wanted } = await survey(makeWorld().view(), await readManifest(card + machine(types)));
    expect(wanted.get('vm.box')?.problems?.map(({ message }) => message)).toEqual([
      expect.stringMatching(why),
    ]);
  });
});

const otherImage = [`"${images[0]}"`, `"${images[1]}"`] as const;
