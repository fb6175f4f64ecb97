import { openTree } from './tree.ts';

/** Names of vendors, models and classes, as far as the host's database has them. */
export interface PciNames {
  /** As `NVIDIA Corporation`. */
  vendor(vendor: string): string | undefined;
  /** As `AD102 [GeForce RTX 4090]`. */
  device(vendor: string, device: string): string | undefined;
  /** Of a class as 0x030000: `VGA compatible controller`. */
  class(kind: number): string | undefined;
}

/** Where distributions keep the database of https://pci-ids.ucw.cz/. */
const places = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids', '/usr/share/pci.ids'];

/** The host's database; one that is not there has no names. */
export function readPciNames(root = ''): PciNames {
  const tree = openTree(root);
  let text: string | undefined;
  for (const place of places) text ??= tree.text(place);
  return namesIn(text ?? '');
}

/**
 * Looks up in the text of the database what is asked for: a vendor's line begins a block, in which lines with one tab
 * are its models and those with two are of other vendors' cards.
 */
export function namesIn(database: string): PciNames {
  const text = `\n${database}\n`;
  const blocks = new Map<string, string>();
  const block = (head: string): string => {
    const known = blocks.get(head);
    if (known !== undefined) return known;
    const start = text.indexOf(`\n${head}  `);
    const found = start === -1 ? '' : text.slice(start, start + 1 + lengthOf(text.slice(start + 1)));
    blocks.set(head, found);
    return found;
  };
  const first = (head: string) => /^\n\S+(?: \S+)?  (.+)/.exec(block(head))?.[1];
  const line = (head: string, key: string) =>
    new RegExp(`^\\t${key}  (.+)$`, 'm').exec(block(head))?.[1]?.trim();
  return {
    vendor: (vendor) => first(vendor)?.trim(),
    device: (vendor, device) => line(vendor, device),
    class: (kind) => {
      const [base, sub] = [hex(kind >>> 16), hex((kind >>> 8) & 0xff)];
      return line(`C ${base}`, sub) ?? first(`C ${base}`)?.trim();
    },
  };
}

/** Up to the next line that begins a block; lines of `#` belong to none. */
function lengthOf(text: string): number {
  const next = /\n(?=[0-9a-fA-FC])/.exec(text);
  return next === null ? text.length : next.index;
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
