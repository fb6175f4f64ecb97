import { type KernelTree } from './tree.ts';

/** What the slots of a machine are called, by the address of what the firmware or the kernel says is there. */
export interface Slots {
  /** Of a device with its bridges, nearest last. */
  of(address: string, above: readonly string[]): string | undefined;
}

/**
 * The labels of the firmware (SMBIOS, type 9, which only root reads), which name the device in a slot or the port before
 * it; else what the kernel calls the slot, which is a number as a rule.
 */
export function readSlots(tree: KernelTree): Slots {
  const labels = labelsIn(tree.bytes('/sys/firmware/dmi/tables/DMI', 0, 2 ** 20) ?? Buffer.alloc(0));
  const folder = '/sys/bus/pci/slots';
  const kernel = new Map(
    tree.names(folder).flatMap((name) => {
      // Domain, bus and device, without the function.
      const place = tree.text(`${folder}/${name}/address`);
      return place === undefined ? [] : [[place, name] as const];
    }),
  );
  return {
    of(address, above) {
      const port = above.toReversed().find((each) => labels.has(each.slice(0, -2)));
      return (
        labels.get(address.slice(0, -2)) ??
        (port === undefined ? undefined : labels.get(port.slice(0, -2))) ??
        kernel.get(address.slice(0, -2))
      );
    },
  };
}

/**
 * Labels of system slots by domain, bus and device (DMTF DSP0134, 6.1.2 and 7.10): a structure is its type, its length,
 * its handle, its fields, and then its strings, which end with an empty one.
 */
export function labelsIn(table: Buffer): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (let at = 0; at + 4 <= table.length;) {
    const [type, length] = [table[at] ?? 0, table[at + 1] ?? 0];
    const end = table.indexOf('\0\0', at + length, 'latin1');
    if (length < 4 || end === -1) break;
    const strings = table.toString('latin1', at + length, end).split('\0');
    const [label, bus] = [strings[(table[at + 4] ?? 0) - 1], table[at + 0x0f] ?? 0xff];
    if (type === 9 && length > 0x10 && bus !== 0xff && label !== undefined && label.trim() !== '') {
      const [domain, place] = [table.readUInt16LE(at + 0x0d), (table[at + 0x10] ?? 0) >>> 3];
      labels.set(`${hex(domain, 4)}:${hex(bus, 2)}:${hex(place, 2)}`, label.trim());
    }
    at = end + 2;
  }
  return labels;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
