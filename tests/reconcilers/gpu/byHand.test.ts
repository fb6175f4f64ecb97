import { describe, expect, it } from 'vitest';

import { chosenDevices } from '../../../controller/cli/gpuFilter.ts';
import { createFakeHost, type FakeHost } from '../../../fixtures/fakeHost.ts';
import { acts } from '../../../reconcilers/gpu/byHand.ts';
import { byHandProject } from '../../../reconcilers/gpu/record.ts';
import { apply } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const card = '0000:03:00.0';

/** What `nova gpu` sees of the machine of the laws. */
function hand(): FakeHost {
  const world = makeWorld();
  return createFakeHost({ project: byHandProject, kernel: world.kernel });
}

async function act(host: FakeHost, verb: keyof typeof acts, address: string) {
  const pci = await host.view().pci();
  const device = pci.devices.find((each) => each.address === address);
  if (device === undefined) throw new Error(`there is no ${address}`);
  return acts[verb](host, pci, device);
}

const driverOf = (host: FakeHost, address: string) =>
  host.kernel.machine.pci.devices.find((each) => each.address === address)?.driver;

describe('devices in bulk', () => {
  it('are handed over with all of the card, and given back without a trace', async () => {
    const host = hand();
    const before = host.print();
    expect(await act(host, 'bind', card)).toEqual({
      address: card,
      outcome: 'done',
      what: 'is with vfio-pci, and 0000:03:00.1 with it',
    });
    expect(driverOf(host, '0000:03:00.1')).toBe('vfio-pci');
    expect(await act(host, 'bind', card)).toMatchObject({ outcome: 'kept' });
    expect(await act(host, 'unbind', card)).toMatchObject({
      outcome: 'done',
      what: expect.stringMatching(/nouveau again/),
    });
    expect(await act(host, 'unbind', card)).toMatchObject({ outcome: 'kept' });
    expect(host.print()).toBe(before);
  });

  it('are not touched when they cannot be had, with the reason', async () => {
    const host = hand();
    const declared = createFakeHost({ kernel: host.kernel });
    await apply(declared, await readManifest(`project = "demo"\n[gpu.card]\naddress = "${card}"\n`));
    host.kernel.bindDevice(card, 'nouveau');
    expect(await act(host, 'bind', card)).toMatchObject({
      outcome: 'refused',
      what: `${card} is taken by gpu.card of project demo`,
    });
  });

  it('leave nothing known when a write fails', async () => {
    const host = hand();
    const before = host.print();
    host.kernel.failNext('pci.probe', 'Input/output error');
    expect(await act(host, 'bind', card)).toMatchObject({
      outcome: 'failed',
      what: expect.stringContaining('Input/output error'),
    });
    expect(host.print()).toBe(before);
  });

  it('are reset only when nobody has them', async () => {
    const host = hand();
    expect(await act(host, 'reset', card)).toMatchObject({
      outcome: 'refused',
      what: expect.stringMatching(/nouveau has it/),
    });
    await act(host, 'bind', card);
    expect(await act(host, 'reset', card)).toMatchObject({ outcome: 'done' });
    host.kernel.machine.holders.set('/dev/vfio/13', [{ pid: 4711, command: 'qemu' }]);
    expect(await act(host, 'reset', card)).toMatchObject({
      outcome: 'refused',
      what: expect.stringMatching(/process 4711/),
    });
    expect(await act(host, 'unbind', card)).toMatchObject({
      outcome: 'refused',
      what: expect.stringMatching(/process 4711/),
    });
  });

  it('that a NovaFile declares are refused there, by the command that has them', async () => {
    const host = hand();
    await act(host, 'bind', card);
    const declared = createFakeHost({ kernel: host.kernel });
    const manifest = await readManifest(`project = "demo"\n[gpu.card]\naddress = "${card}"\n`);
    await expect(apply(declared, manifest)).rejects.toThrow(`${card} is taken by \`nova gpu bind\``);
  });
});

describe('chosenDevices', () => {
  const pci = hand().kernel.machine.pci;
  const chosen = (words: readonly string[], filters: readonly string[]): readonly string[] =>
    chosenDevices(pci, words, filters).map(({ address }) => address);

  it.each([
    { filters: ['vendor=nvidia'], expected: [card], reason: 'a vendor by its word' },
    { filters: ['vendor=1002', 'driver=amdgpu'], expected: ['0000:01:00.0'], reason: 'all of them fit' },
    { filters: ['driver=none'], expected: ['0000:02:00.0'], reason: 'nobody drives it' },
    { filters: ['group=13'], expected: [card], reason: 'the sound of a card is no card' },
    { filters: ['device=2684'], expected: [card], reason: 'the number of a model' },
  ])('finds GPUs by $filters: $reason', ({ filters, expected }) => {
    expect(chosen([], filters)).toEqual(expected);
  });

  it('takes whatever is named, and of one card one', () => {
    expect(chosen(['05:00.0', card, '0000:03:00.1'], [])).toEqual(['0000:05:00.0', card]);
  });

  it.each([
    { words: [], filters: [], message: 'say which devices' },
    { words: ['99'], filters: [], message: 'is no address' },
    { words: ['0000:99:00.0'], filters: [], message: 'has no PCI device 0000:99:00.0' },
    { words: [], filters: ['vendor=intel'], message: 'no GPU of this host fits vendor=intel' },
    { words: [], filters: ['vendor=me'], message: 'takes nvidia' },
    { words: [], filters: ['size=big'], message: 'takes vendor=' },
  ])('refuses $words $filters', ({ words, filters, message }) => {
    expect(() => chosen(words, filters)).toThrow(message);
  });
});
