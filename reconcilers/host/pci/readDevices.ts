import { readAcs } from './acs.ts';
import { parseBars } from './bars.ts';
import type { PciDevice, PciState } from './model.ts';
import { readMdevTypes, readMediated } from './mediated.ts';
import { readSlots, type Slots } from './slots.ts';
import { type KernelTree, lastOf, numberIn } from './tree.ts';

export const devicesFolder = '/sys/bus/pci/devices';

/** What sysfs says of a device itself, without what the host makes of it. */
export type BareDevice = Omit<PciDevice, 'product' | 'uses' | 'needs' | 'nodes'>;

const form = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

/** Every function on the PCI bus (Linux, Documentation/ABI/testing/sysfs-bus-pci), in the order of the addresses. */
export function readDevices(tree: KernelTree, waitedFor: ReadonlySet<string> = new Set()): BareDevice[] {
  const slots = readSlots(tree);
  const moduleOf = readModules(tree);
  return tree
    .names(devicesFolder)
    .filter((name) => form.test(name))
    .toSorted(byAddress)
    .flatMap(
      (address) => readDevice(tree, address, { slots, moduleOf, locked: waitedFor.has(address) }) ?? [],
    );
}

/** One of them alone, as it is now: others on the bus may be many. */
export function readState(
  tree: KernelTree,
  address: string,
  waitedFor: ReadonlySet<string> = new Set(),
): PciState | undefined {
  if (!form.test(address)) return undefined;
  const unasked = { slots: { of: () => undefined }, moduleOf: () => undefined };
  const device = readDevice(tree, address, { ...unasked, locked: waitedFor.has(address) });
  if (device === undefined) return undefined;
  const { driver, driverOverride, group, resetMethods, sriov, functions } = device;
  return { address, driver, driverOverride, group, resetMethods, sriov, functions };
}

/** Domains are numbers of four digits or more, so that text alone does not tell. */
function byAddress(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : Number(one > other));
}

function readDevice(
  tree: KernelTree,
  address: string,
  {
    slots,
    moduleOf,
    locked,
  }: {
    readonly slots: Slots;
    readonly moduleOf: (driver: string) => string | undefined;
    readonly locked: boolean;
  },
): BareDevice | undefined {
  const place = tree.link(`${devicesFolder}/${address}`);
  const folder = folderOf(address, place);
  const names = tree.entries(folder);
  const event = locked ? eventOf(tree, folder) : parseEvent(tree.text(`${folder}/uevent`));
  const [vendor, device] = idsIn(event['PCI_ID']) ?? [];
  if (vendor === undefined || device === undefined) return undefined;
  const text = (name: string) =>
    names.has(name) && !(locked && needLock.has(name)) ? tree.text(`${folder}/${name}`) : undefined;
  const link = (name: string) => (names.has(name) ? lastOf(tree.link(`${folder}/${name}`)) : undefined);
  const driver = event['DRIVER'];
  const kind = Number.parseInt(event['PCI_CLASS'] ?? '', 16) || 0;
  const header = headerOf(kind);
  const methods = names.has('reset_method') ? (text('reset_method') ?? '') : undefined;
  const override = text('driver_override');
  const above = bridgesAbove(place, address);
  return {
    address,
    class: kind,
    vendor,
    device,
    subsystem: subsystemIn(event['PCI_SUBSYS_ID']),
    revision: numberIn(text('revision')) ?? 0,
    header,
    driver,
    module: driver === undefined ? undefined : moduleOf(driver),
    driverOverride: override === '(null)' ? undefined : override,
    group: numberIn(link('iommu_group')),
    resetMethods: methods?.split(' ').filter((method) => method !== ''),
    resets: names.has('reset'),
    sriov: readSriov(text),
    functions: virtualFunctions(names, link),
    physicalFunction: addressIn(link('physfn')),
    numa: numberIn(text('numa_node')),
    bars: header === 'endpoint' ? parseBars(text('resource')) : [],
    bootVga: names.has('boot_vga') ? text('boot_vga') === '1' : undefined,
    label: text('label'),
    slot: slots.of(address, above),
    above,
    acs: header === 'bridge' ? readAcs(tree, `${folder}/config`) : undefined,
    power: header === 'endpoint' ? powerIn(text('power_state')) : undefined,
    ...(names.has('mdev_supported_types')
      ? { mdevTypes: readMdevTypes(tree, folder), mediated: readMediated(tree, folder, names) }
      : { mdevTypes: [], mediated: [] }),
  };
}

/** Where it really is: a name that leads through no symbolic link is looked up sooner. */
function folderOf(address: string, place: string | undefined): string {
  const [, inDevices] = /^(?:\.\.\/)+(devices\/[^.]+\.[0-7](?:\/[^.]+\.[0-7])*)$/.exec(place ?? '') ?? [];
  return inDevices === undefined ? `${devicesFolder}/${address}` : `/sys/${inDevices}`;
}

/** Files that the kernel reads under the lock of the device (Linux, drivers/pci/pci-sysfs.c, iov.c, drivers/base/core.c). */
const needLock: ReadonlySet<string> = new Set(['driver_override', 'sriov_numvfs', 'reset_method', 'uevent']);

/** What `uevent` tells, from files that need no lock. */
function eventOf(tree: KernelTree, folder: string): Readonly<Record<string, string>> {
  const number = (name: string): string => (tree.text(`${folder}/${name}`) ?? '').replace(/^0x/, '');
  const driver = lastOf(tree.link(`${folder}/driver`));
  return {
    PCI_ID: `${number('vendor')}:${number('device')}`,
    PCI_CLASS: number('class'),
    ...(driver === undefined ? {} : { DRIVER: driver }),
  };
}

/** `KEY=value` lines: one read in place of five. */
function parseEvent(text = ''): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const end = line.indexOf('=');
      return end > 0 ? [[line.slice(0, end), line.slice(end + 1)]] : [];
    }),
  );
}

function idsIn(text: string | undefined): readonly [string, string] | undefined {
  const [, vendor, device] = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(text ?? '') ?? [];
  if (vendor === undefined || device === undefined) return undefined;
  return [vendor.toLowerCase().padStart(4, '0'), device.toLowerCase().padStart(4, '0')];
}

function subsystemIn(text: string | undefined): string | undefined {
  const ids = idsIn(text);
  return ids === undefined || ids[0] === '0000' ? undefined : ids.join(':');
}

/** `unknown` where no driver has asked yet. */
function powerIn(text: string | undefined): string | undefined {
  return text === 'unknown' ? undefined : text;
}

function addressIn(text: string | undefined): string | undefined {
  return form.test(text ?? '') ? text : undefined;
}

/** By class, as sysfs does not tell the type of the header: 0604 is a PCI bridge, 0609 one that is half transparent, 0607 CardBus. */
function headerOf(kind: number): PciDevice['header'] {
  const group = kind >>> 8;
  if (group === 0x0604 || group === 0x0609) return 'bridge';
  return group === 0x0607 ? 'cardbus' : 'endpoint';
}

function readSriov(text: (name: string) => string | undefined): PciDevice['sriov'] {
  const total = numberIn(text('sriov_totalvfs'));
  if (total === undefined || total === 0) return undefined;
  return {
    total,
    count: numberIn(text('sriov_numvfs')) ?? 0,
    autoprobe: text('sriov_drivers_autoprobe') !== '0',
  };
}

function virtualFunctions(
  names: ReadonlySet<string>,
  link: (name: string) => string | undefined,
): readonly string[] {
  const numbers = [...names].flatMap((name) => /^virtfn(\d{1,5})$/.exec(name)?.[1] ?? []).map(Number);
  return numbers
    .toSorted((one, other) => one - other)
    .flatMap((number) => addressIn(link(`virtfn${number}`)) ?? []);
}

/** `../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0` */
function bridgesAbove(path: string | undefined, address: string): readonly string[] {
  return (path ?? '').split('/').filter((part) => form.test(part) && part !== address);
}

/** The module of a driver, which many devices have in common. */
function readModules(tree: KernelTree): (driver: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (driver) => {
    if (!known.has(driver)) known.set(driver, lastOf(tree.link(`/sys/bus/pci/drivers/${driver}/module`)));
    return known.get(driver);
  };
}
