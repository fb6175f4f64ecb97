import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { scopeOf } from '../../../reconcilers/identity.ts';
import { placeOf } from '../../../reconcilers/place.ts';
import { type Hardware, qemuArgs } from '../../../reconcilers/vm/qemuArgs.ts';
import { readArgs } from '../../../reconcilers/vm/readArgs.ts';
import { place } from './specs.ts';

const disk: Hardware = {
  place,
  cpu: 2,
  memory: 2 ** 30,
  accelerator: 'kvm',
  boot: undefined,
  disk: true,
  network: { mtu: 9000 },
};

const kernel: Hardware = {
  ...disk,
  accelerator: 'tcg',
  boot: { kernel: '/boot/vmlinuz', initrd: '/boot/initrd', cmdline: 'console=ttyS0' },
  disk: false,
  network: undefined,
};

describe('qemuArgs', () => {
  it('boots a disk, on a network', async () => {
    await expect(printed(disk)).toMatchFileSnapshot('golden/disk.txt');
  });

  it('boots a kernel, on no network', async () => {
    await expect(printed(kernel)).toMatchFileSnapshot('golden/kernel.txt');
  });

  it('is read the same from a QEMU that an older Nova has started, which has no socket for events', () => {
    const now = qemuArgs(disk);
    const older = now.filter(
      (word, index) =>
        !word.includes('id=events') &&
        !word.includes('chardev=events') &&
        now[index + 1]?.includes('=events') !== true,
    );
    expect(older).toHaveLength(now.length - 4);
    expect(readArgs(older)).toEqual(readArgs(now));
  });

  it('is read from a QEMU that an older Nova has started, whose network card is in no port', () => {
    const now = qemuArgs(disk);
    const older = now
      .filter(
        (word, index) => ![word, now[index + 1]].some((each) => each?.includes('pcie-root-port') === true),
      )
      .map((word) => word.replace('"id":"nic0","bus":"nicport0",', ''));
    expect(readArgs(older)).toMatchObject({ nicPort: false, fixedNic: true, mtu: 9000 });
  });

  it("law: a value of the user's is one value, whatever is in it", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (folder, kernel, initrd, cmdline) => {
        const scope = scopeOf(undefined, `/data${folder}`);
        const own = placeOf({ scope, project: 'demo' }, 'vm.box');
        const boot = { kernel: `/${kernel}`, initrd: `/${initrd}`, cmdline };
        const argv = qemuArgs({ ...disk, place: own, boot });
        const plain = qemuArgs({
          ...disk,
          boot: { kernel: '/k', initrd: '/i', cmdline: cmdline === '' ? '' : 'c' },
        });
        // The same options in the same order: nothing that was written became one.
        expect(optionsOf(argv).map(([name]) => name)).toEqual(optionsOf(plain).map(([name]) => name));
        optionsOf(argv).forEach(([name, value], index) => {
          const other = optionsOf(plain)[index]?.[1] ?? '';
          if (name === '-chardev') expect(keysOf(value)).toEqual(keysOf(other));
          if (/^-(blockdev|device|netdev|object)$/.test(name)) expect(shapeOf(value)).toEqual(shapeOf(other));
        });
        expect(readArgs(argv)).toMatchObject({
          'boot.kernel': boot.kernel,
          'boot.initrd': boot.initrd,
          'boot.cmdline': cmdline,
        });
      }),
    );
  });

  it('law: what was written is read back', () => {
    const any = fc.record({
      cpu: fc.integer({ min: 1, max: 255 }),
      memory: fc.integer({ min: 16, max: 2 ** 20 }).map((mebibytes) => mebibytes * 2 ** 20),
      accelerator: fc.constantFrom('kvm' as const, 'tcg' as const),
      boot: fc.option(
        fc.record({ kernel: hostile, initrd: fc.option(hostile, { nil: undefined }), cmdline: hostile }),
        { nil: undefined },
      ),
      disk: fc.boolean(),
      network: fc.option(fc.record({ mtu: fc.integer({ min: 576, max: 65_535 }) }), { nil: undefined }),
    });
    fc.assert(
      fc.property(any, (hardware) => {
        const { cpu, memory, accelerator, boot, disk, network } = hardware;
        expect(readArgs(qemuArgs({ place, ...hardware }))).toMatchObject({
          ...{ cpu, memory, accel: accelerator, disk, mtu: network?.mtu, nicPort: true, fixedNic: false },
          'boot.kernel': boot?.kernel,
          'boot.initrd': boot?.initrd,
          'boot.cmdline': boot?.cmdline,
        });
      }),
    );
  });
});

/** Text with everything that means something to QEMU. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(',', ',,', '=', '-device', ' ', '"', '{', '}', '\\', 'id=', '-', 'on'),
      fc.string(),
    ),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));

/** As QEMU reads its arguments: what comes after an option that takes a value is that value. */
function optionsOf([, ...words]: readonly string[]): readonly (readonly [name: string, value: string])[] {
  const [name, value = '', ...rest] = words;
  if (name === undefined) return [];
  const flag = name === '-nodefaults' || name === '-no-user-config';
  return [[name, flag ? '' : value], ...optionsOf(flag ? words : ['', ...rest])];
}

function shapeOf(json: string): string {
  return JSON.stringify(JSON.parse(json), (_, value: unknown) =>
    typeof value === 'string' ? 'text' : value,
  );
}

/** The names in an option string, as QEMU splits it: at commas that are not doubled. */
function keysOf(option: string): readonly string[] {
  return option
    .replaceAll(',,', '')
    .split(',')
    .map((part) => part.split('=')[0] ?? '');
}

/** An option and its value on each line. */
function printed(hardware: Hardware): string {
  return qemuArgs(hardware)
    .map((word, index) => (index > 0 && word.startsWith('-') ? `\n${word}` : index > 0 ? ` ${word}` : word))
    .join('')
    .concat('\n');
}
