import { describe, expect, it } from 'vitest';

import { noPci } from '../../../fixtures/fakeHost/pci.ts';
import { pciDevice } from '../../../fixtures/pciDevice.ts';
import type { PciDevice, PciHost } from '../../../reconcilers/host/pci/model.ts';
import { selectDevice, theOneSuitable, type Selected } from '../../../reconcilers/gpu/select.ts';

const host = (...devices: readonly PciDevice[]): PciHost => ({ ...noPci, devices });
const told = (selected: Selected): string =>
  'device' in selected ? selected.device.address : `${selected.issue.code}: ${selected.issue.message}`;

const first = pciDevice({ address: '0000:01:00.0', slot: 'PCIEX16_1' });
const sound = pciDevice({ address: '0000:01:00.1', class: 0x040300, device: '22ba', slot: 'PCIEX16_1' });
const second = pciDevice({ address: '0000:02:00.0', device: '2204' });
const inside = pciDevice({
  address: '0000:00:02.0',
  vendor: '8086',
  device: '4680',
  above: [],
  label: 'Onboard',
});
const machine = host(inside, first, sound, second);

describe('selectDevice', () => {
  it.each([
    [{ address: '0000:02:00.0' }, '0000:02:00.0'],
    [{ vendor: '10de', device: '2204' }, '0000:02:00.0'],
    [{ vendor: '10de', device: '22ba' }, '0000:01:00.1'],
    [{ vendor: '10de', index: 1 }, '0000:02:00.0'],
    [{ vendor: '8086' }, '0000:00:02.0'],
    [{ slot: 'PCIEX16_1' }, '0000:01:00.0'],
    [{ slot: 'Onboard' }, '0000:00:02.0'],
    [{ address: '0000:09:00.0' }, 'gpu.missing: this host has no PCI device 0000:09:00.0'],
    [{ vendor: '10de' }, 'gpu.missing: this host has 2 that this could be: 0000:01:00.0, 0000:02:00.0'],
    [{ vendor: '1002' }, 'gpu.missing: this host has no display device of the vendor 1002'],
    [{ vendor: '10de', device: 'ffff' }, 'gpu.missing: this host has no device ffff of the vendor 10de'],
    [{ slot: 'M2_1' }, 'gpu.missing: nothing is in a slot with the label "M2_1"'],
  ] as const)('%o is %s', (wanted, answer) => {
    expect(told(selectDevice(wanted, machine))).toBe(answer);
  });

  it('says how many there are when the index is too high', () => {
    const selected = selectDevice({ vendor: '10de', index: 2 }, machine);
    expect(told(selected)).toMatch(/^gpu\.missing: this host has 2 .* no number 2$/);
  });
});

describe('theOneSuitable', () => {
  it('is the only GPU', () => {
    expect(told(theOneSuitable(host(first, sound)))).toBe('0000:01:00.0');
  });

  it('is the card when the processor has one built in, whatever shows the console', () => {
    const shows = { uses: [{ as: 'connector', name: 'DP-1' }] } as const;
    const on = { needs: [{ what: 'screen', connector: 'DP-1' }], ...shows } as const;
    expect(told(theOneSuitable(host({ ...inside, ...on }, first, sound)))).toBe('0000:01:00.0');
  });

  it('is none of several that are alike', () => {
    expect(told(theOneSuitable(host(first, sound, second)))).toMatch(/^gpu\.missing: several GPUs/);
  });

  it('is the other one when one is declared', () => {
    expect(told(theOneSuitable(host(first, second), new Set([first.address])))).toBe('0000:02:00.0');
  });

  it('says the reason of the only one', () => {
    const alone = { ...first, needs: [{ what: 'screen', connector: 'DP-1' }] } as const;
    expect(told(theOneSuitable(host(alone)))).toBe(
      'gpu.needed: the only GPU of this host cannot be handed over: the host needs 0000:01:00.0 itself: it is the only display, with a screen on DP-1',
    );
    expect(told(theOneSuitable(host(sound)))).toBe(
      'gpu.missing: this host has no GPU that could be handed over',
    );
  });

  it('is never the display of a management controller', () => {
    const aspeed = pciDevice({ address: '0000:03:00.0', vendor: '1a03', device: '2000' });
    expect(told(theOneSuitable(host(aspeed)))).toMatch(/^gpu\.missing: this host has no GPU/);
    expect(told(theOneSuitable(host(aspeed, first)))).toBe('0000:01:00.0');
  });
});
