import { isGpu } from '../../reconcilers/gpu/deviceClass.ts';
import { isSameCard } from '../../reconcilers/gpu/group.ts';
import type { PciDevice, PciHost } from '../../reconcilers/host/pci/model.ts';
import { NovaError } from '../../schema/errors.ts';
import { parsePciAddress, pciVendor } from '../../schema/pci.ts';
import { usage } from './positionals.ts';

/**
 * The devices that are meant: those that are named, and the GPUs that all filters fit; of a card with several functions
 * one. Neither is everything.
 * @param filters as `vendor=nvidia`, `device=2684`, `driver=nouveau`, `group=14`
 */
export function chosenDevices(
  { devices }: PciHost,
  words: readonly string[],
  filters: readonly string[],
): readonly PciDevice[] {
  if (words.length === 0 && filters.length === 0)
    throw usage('say which devices: by address, or with --filter vendor=nvidia');
  const fits = filters.map(readFilter);
  const named = words.map((word) => {
    const address = parsePciAddress(word);
    if (address === undefined) throw usage(`\`${word}\` is no address of a PCI device, as 0000:01:00.0`);
    const device = devices.find((each) => each.address === address);
    if (device === undefined) throw missing(`this host has no PCI device ${address}`);
    return device;
  });
  const filtered =
    filters.length === 0
      ? []
      : devices.filter(
          (device) =>
            isGpu(device) && device.physicalFunction === undefined && fits.every((fit) => fit(device)),
        );
  if (named.length + filtered.length === 0)
    throw missing(`no GPU of this host fits ${filters.join(' and ')}`);
  const all = [...named, ...filtered];
  return all.filter((device, index) => all.findIndex((other) => isSameCard(other, device)) === index);
}

function missing(message: string): NovaError {
  return new NovaError('gpu.missing', message, { hint: '`nova gpu ls` lists GPUs, `lspci -D` all devices' });
}

function readFilter(filter: string): (device: PciDevice) => boolean {
  const [key = '', value = ''] = filter.split(/=(.*)/s);
  if (key === 'vendor') {
    const vendor = pciVendor.safeParse(value);
    if (!vendor.success) throw usage('--filter vendor= takes nvidia, amd, intel or four hexadecimal digits');
    return (device) => device.vendor === vendor.data;
  }
  if (key === 'device') return (device) => device.device === value.toLowerCase();
  if (key === 'driver') return (device) => (device.driver ?? 'none') === value;
  if (key === 'group') return (device) => String(device.group) === value;
  throw usage('--filter takes vendor=, device=, driver= or group=');
}
