import { meaning, text } from './values.ts';

/** Where a PCI device is, in the kernel's spelling: `0000:01:00.0`. */
export const pciAddress = meaning(
  text,
  (value, refuse) => {
    return (
      parsePciAddress(value) ??
      refuse('must be the address of a PCI device', 'as `lspci -D` prints it: "0000:01:00.0"')
    );
  },
  { name: 'PCI address', pattern: '^([0-9A-Fa-f]{4,8}:)?[0-9A-Fa-f]{2}:[01][0-9A-Fa-f]\\.[0-7]$' },
);

/**
 * Domain (`0000` when it is left out), bus, device (at most 1f) and function, in hexadecimal and lower case; undefined
 * when it is none. Domains may have more than four digits: Intel's VMD makes such ones.
 */
export function parsePciAddress(written: string): string | undefined {
  const form = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/;
  const [, domain = '0000', bus, device, fn] = form.exec(written.toLowerCase()) ?? [];
  return bus === undefined ? undefined : `${domain}:${bus}:${device}.${fn}`;
}

const vendors: Readonly<Record<string, string>> = { nvidia: '10de', amd: '1002', intel: '8086' };

/** `10de`, or the word for it: `nvidia`, `amd`, `intel`. */
export const pciVendor = meaning(
  text,
  (value, refuse) => {
    const id = vendors[value.toLowerCase()] ?? value.toLowerCase();
    return /^[0-9a-f]{4}$/.test(id)
      ? id
      : refuse('must be four hexadecimal digits, or nvidia, amd or intel', 'as `lspci -n` prints it: "10de"');
  },
  {
    name: 'PCI vendor',
    pattern: '^([0-9A-Fa-f]{4}|[Nn][Vv][Ii][Dd][Ii][Aa]|[Aa][Mm][Dd]|[Ii][Nn][Tt][Ee][Ll])$',
  },
);

export const pciDevice = meaning(
  text,
  (value, refuse) => {
    return /^[0-9a-f]{4}$/i.test(value)
      ? value.toLowerCase()
      : refuse('must be four hexadecimal digits', 'as `lspci -n` prints it after the colon: "2684"');
  },
  { name: 'PCI device', pattern: '^[0-9A-Fa-f]{4}$' },
);
