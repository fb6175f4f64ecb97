import { describe, expect, it } from 'vitest';

import { nameOf } from '../../../../reconcilers/gpu/nameOf.ts';
import { namesIn, readPciNames } from '../../../../reconcilers/host/pci/names.ts';

const database = `# A comment
1002  Advanced Micro Devices, Inc. [AMD/ATI]
\t67df  Ellesmere [Radeon RX 470/480/570/570X/580/580X/590]
\t\t1002 0b37  Radeon RX 480
# In between
10de  NVIDIA Corporation
\t2684  AD102 [GeForce RTX 4090]
\t\t1043 889d  ROG Strix
\t22ba  AD102 High Definition Audio Controller
1af4  Red Hat, Inc.
\t1041  Virtio 1.0 network device
C 03  Display controller
\t00  VGA compatible controller
\t\t00  VGA controller
\t02  3D controller
C 0c  Serial bus controller
\t03  USB controller
`;

describe('namesIn', () => {
  const names = namesIn(database);

  it('finds vendors, their models and classes', () => {
    expect(names.vendor('10de')).toBe('NVIDIA Corporation');
    expect(names.device('10de', '2684')).toBe('AD102 [GeForce RTX 4090]');
    expect(names.device('1002', '67df')).toBe('Ellesmere [Radeon RX 470/480/570/570X/580/580X/590]');
    expect(names.class(0x030200)).toBe('3D controller');
    expect(names.class(0x0c0330)).toBe('USB controller');
    expect(names.class(0x03ff00)).toBe('Display controller');
  });

  it('takes neither the card of another vendor nor the model of another for it', () => {
    expect(names.device('10de', '1043')).toBeUndefined();
    expect(names.device('10de', '67df')).toBeUndefined();
    expect(names.device('1002', '0b37')).toBeUndefined();
    expect(names.vendor('2684')).toBeUndefined();
    expect(names.class(0x120000)).toBeUndefined();
  });

  it('finds nothing in nothing', () => {
    expect(namesIn('').vendor('10de')).toBeUndefined();
    expect(readPciNames('/nowhere').device('10de', '2684')).toBeUndefined();
  });
});

describe('nameOf', () => {
  it.each([
    [{ vendor: '10de', device: '2684' }, 'NVIDIA AD102 [GeForce RTX 4090]'],
    [{ vendor: '1af4', device: '1041' }, 'Red Hat Virtio 1.0 network device'],
    [{ vendor: '10de', device: 'ffff' }, 'NVIDIA 10de:ffff'],
    [{ vendor: '8086', device: '56a0' }, 'Intel 8086:56a0'],
    [{ vendor: 'abcd', device: '0001' }, 'abcd:0001'],
    [{ vendor: '10de', device: '2335', product: 'NVIDIA H200' }, 'NVIDIA H200'],
  ])('of %o is %s', (ids, name) => {
    expect(nameOf(ids, namesIn(database))).toBe(name);
  });
});
