import type { KeyValue } from '../format/addTable.ts';

/** The options of `net create` alone: keys of the table of a network. `--profile` is one more, where a network is made. */
export const netFlags = {
  type: { type: 'string' },
  uplink: { type: 'string' },
  interface: { type: 'string', multiple: true },
  vlan: { type: 'string' },
  subnet: { type: 'string' },
  subnet6: { type: 'string' },
  gateway: { type: 'string' },
  'dhcp-range': { type: 'string' },
  'dhcp-range6': { type: 'string' },
  mtu: { type: 'string' },
  domain: { type: 'string' },
} as const;

type Flag = keyof typeof netFlags;

type Given = { readonly [Name in Flag]?: string | string[] | undefined } & {
  readonly profile?: string | undefined;
};

/**
 * Keys of the table of a network, in the order of the reference. A number that is none is left as it was typed, so that the
 * schema says what is wrong with it.
 */
export function networkKeys(given: Given): ReadonlyMap<string, KeyValue> {
  const text = (flag: Flag | 'profile') => given[flag] as string | undefined;
  const number = (flag: Flag) => {
    const typed = text(flag);
    return typed !== undefined && /^\d{1,9}$/.test(typed) ? Number(typed) : typed;
  };
  const keys: readonly (readonly [string, KeyValue | undefined])[] = [
    ['type', text('type')],
    ['profile', text('profile')],
    ['interfaces', given.interface],
    ['uplink', text('uplink')],
    ['vlan', number('vlan')],
    ['subnet', text('subnet')],
    ['subnet6', text('subnet6')],
    ['gateway', text('gateway')],
    ['dhcp_range', text('dhcp-range')],
    ['dhcp_range6', text('dhcp-range6')],
    ['mtu', number('mtu')],
    ['domain', text('domain')],
  ];
  return new Map(keys.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

/** The first of these options that was given; it means nothing to other commands. */
export function strayNetFlag(given: Given): Flag | undefined {
  return (Object.keys(netFlags) as Flag[]).find((flag) => given[flag] !== undefined);
}
