import type { PciNames } from '../host/pci/names.ts';
import type { PciDevice } from '../host/pci/model.ts';

/**
 * What a device is called, as short as people say it: `NVIDIA AD102 [GeForce RTX 4090]`; without a name in the
 * database, what its driver calls it, else its numbers.
 */
export function nameOf(
  { vendor, device, product }: Pick<PciDevice, 'vendor' | 'device'> & Partial<Pick<PciDevice, 'product'>>,
  names: Pick<PciNames, 'vendor' | 'device'>,
): string {
  const model = names.device(vendor, device) ?? product;
  const maker = shortVendor(vendor, names.vendor(vendor));
  if (maker === undefined) return `${vendor}:${device}`;
  if (model === undefined) return `${maker} ${vendor}:${device}`;
  return model.startsWith(`${maker} `) ? model : `${maker} ${model}`;
}

const known: Readonly<Record<string, string>> = { '10de': 'NVIDIA', '1002': 'AMD', '8086': 'Intel' };

function shortVendor(vendor: string, name: string | undefined): string | undefined {
  const bare = name?.replace(/,? (?:Corporation|Corp|Inc|Ltd|Limited|Co|GmbH|Technology)\b.*$/, '');
  return known[vendor] ?? bare;
}
