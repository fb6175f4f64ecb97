import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { pciDevice } from '../../../fixtures/pciDevice.ts';
import { generationOf, nvidiaFacts } from '../../../reconcilers/gpu/nvidia.ts';
import { parseSmi } from '../../../reconcilers/host/pci/nvidiaSmi.ts';

const h200 = pciDevice({ address: '0000:1b:00.0', class: 0x030200, device: '2335', driver: 'nvidia' });
const said = `
==============NVSMI LOG==============

Driver Version                                         : 570.86.15
CUDA Version                                           : 12.8

Attached GPUs                                          : 2
GPU 00000000:1B:00.0
    Product Name                                       : NVIDIA H200
    Product Architecture                               : Hopper
    Display Mode                                       : Requested functionality has been deprecated
    MIG Mode
        Current                                        : Disabled
        Pending                                        : Enabled
    Driver Model
        Current                                        : N/A
    GPU UUID                                           : GPU-3c1a
    GPU Virtualization Mode
        Virtualization Mode                            : Host VGPU
        Host VGPU Mode                                 : SR-IOV

GPU 00000000:43:00.0
    Product Name                                       : Tesla P4
    Product Architecture                               : Pascal
    MIG Mode
        Current                                        : N/A
        Pending                                        : N/A
    GPU UUID                                           : GPU-77
    GPU Virtualization Mode
        Virtualization Mode                            : None
        Host VGPU Mode                                 : N/A
`;

describe('parseSmi', () => {
  it("names cards as the kernel does, and leaves out what a card can't", () => {
    const cards = parseSmi(said);
    expect([...cards.keys()]).toEqual(['0000:1b:00.0', '0000:43:00.0']);
    expect(cards.get('0000:1b:00.0')).toMatchObject({ mig: 'Disabled', hostVgpu: 'SR-IOV' });
    expect(cards.get('0000:43:00.0')).toEqual({
      name: 'Tesla P4',
      architecture: 'Pascal',
      mig: undefined,
      driverVersion: '570.86.15',
      uuid: 'GPU-77',
      virtualization: 'None',
      hostVgpu: undefined,
    });
  });

  it('keeps a domain of more than four digits', () => {
    expect([...parseSmi('GPU 00010000:01:00.0\n    Product Name : X\n').keys()]).toEqual([
      '00010000:01:00.0',
    ]);
  });

  it('finds no card in what is no list', () => {
    expect(
      parseSmi('NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.\n').size,
    ).toBe(0);
  });
});

describe('generationOf', () => {
  it.each([
    ['2684', 'AD102 [GeForce RTX 4090]', undefined, 'Ada Lovelace'],
    ['1187', 'GK104 [GeForce GTX 760]', undefined, 'Kepler'],
    ['1c03', 'GP106 [GeForce GTX 1060 6GB]', undefined, 'Pascal'],
    ['1db6', 'GV100GL [Tesla V100 PCIe 32GB]', undefined, 'Volta'],
    ['2335', undefined, undefined, 'Hopper'],
    ['2901', undefined, undefined, 'Blackwell'],
    ['1c03', undefined, undefined, undefined],
    ['1c03', undefined, 'Pascal', 'Pascal'],
  ])('of %s, called %s, told to be %s, is %s', (device, name, told, generation) => {
    expect(generationOf({ device }, name, told)).toBe(generation);
  });

  it('by number and by the name of the chip are the same for every card of the database since Turing', () => {
    const text = readFileSync('/usr/share/misc/pci.ids', 'utf8');
    const block = text.slice(text.indexOf('\n10de  ') + 1).split(/\n(?=[0-9a-f])/)[0] ?? '';
    const cards = [...block.matchAll(/^\t([0-9a-f]{4}) {2}((?:TU|GA|GH|AD|GB)\d.*)$/gm)].filter(
      ([, , name = '']) => !/Audio|USB|UCSI|NVSwitch/.test(name),
    );
    expect(cards.length).toBeGreaterThan(100);
    const differing = cards.filter(
      ([, device = '', name]) => generationOf({ device }, name) !== generationOf({ device }, undefined),
    );
    expect(differing.map(([line]) => line)).toEqual([]);
  });
});

describe('nvidiaFacts', () => {
  it('tells what the driver says of a card that it drives', () => {
    const nvidia = { version: '570.86.15', open: true, cards: {} };
    const smi = parseSmi(said).get('0000:1b:00.0');
    expect(nvidiaFacts(h200, { nvidia }, undefined, smi)).toEqual({
      generation: 'Hopper',
      module: 'open',
      modules: ['open', 'closed'],
      driverVersion: '570.86.15',
      mig: 'off',
      vgpu: { types: 0, functions: 0, mode: 'Host VGPU, SR-IOV' },
      uuid: 'GPU-3c1a',
    });
  });

  it('knows less of one that it does not drive', () => {
    const kept = { ...h200, driver: 'vfio-pci' };
    expect(nvidiaFacts(kept, { nvidia: undefined }, 'GH100 [H100 PCIe]', undefined)).toMatchObject({
      generation: 'Hopper',
      module: undefined,
      mig: 'able',
    });
    expect(
      nvidiaFacts({ ...h200, vendor: '1002' }, { nvidia: undefined }, undefined, undefined),
    ).toBeUndefined();
  });
});
