import { macvtapDescriptor } from '../host/openMacvtap.ts';
import { linkName, macOf } from '../identity.ts';
import type { Place } from '../place.ts';

/** The port that a machine's network card is in, or may be plugged into: every machine has one, whether it has a card or not. */
export const nicPort = 'nicport0';

/** Names of the card and of what is behind it within QEMU. */
export const nicName = 'nic0';
export const netdevName = 'net';

/** QEMU's properties of the port. Ports for devices of the host are numbered from 1. */
export const nicPortDevice = { driver: 'pcie-root-port', id: nicPort, chassis: 101, slot: 101 } as const;

/** What is behind the card: the TAP is there already, and QEMU opens it by its name. */
export function tapBackend({ identity }: Pick<Place, 'identity'>): Readonly<Record<string, unknown>> {
  const ifname = linkName(identity);
  return { type: 'tap', id: netdevName, ifname, script: 'no', downscript: 'no' };
}

/** The same of a macvtap, which has no name that QEMU could open it by: it is open when QEMU starts. */
export const macvtapBackend = { type: 'tap', id: netdevName, fd: String(macvtapDescriptor) } as const;

/** The card in its port. A guest that speaks virtio takes its MTU from it. @param mtu bytes */
export function nicDevice(
  { identity }: Pick<Place, 'identity'>,
  mtu: number,
): Readonly<Record<string, unknown>> {
  return {
    driver: 'virtio-net-pci',
    id: nicName,
    bus: nicPort,
    netdev: netdevName,
    mac: macOf(identity),
    romfile: '',
    ...(mtu === 1500 ? {} : { host_mtu: mtu }),
  };
}
