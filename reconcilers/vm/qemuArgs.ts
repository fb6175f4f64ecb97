import type { Accelerator } from '../host/view.ts';
import type { Place } from '../place.ts';
import { macvtapBackend, nicDevice, nicPortDevice, tapBackend } from './nic.ts';
import { type Passed, portName, portsFor, vfioDevice } from './passed.ts';
import { vmPaths } from './paths.ts';

/** What a machine is made of, with everything looked up. */
export interface Hardware {
  readonly place: Place;
  readonly cpu: number;
  /** bytes */
  readonly memory: number;
  readonly accelerator: Accelerator;
  readonly boot:
    | { readonly kernel: string; readonly initrd: string | undefined; readonly cmdline: string }
    | undefined;
  readonly disk: boolean;
  /** Files with strings of SMBIOS type 11: what is in them stands in no command line. */
  readonly credentials?: readonly string[];
  /** Devices of the host; undefined: it has no ports for any. */
  readonly passed?: readonly Passed[] | undefined;
  /** MTU in bytes of the network that it is on, and whether QEMU is given its link open. */
  readonly network: { readonly mtu: number; readonly macvtap?: boolean } | undefined;
}

/**
 * Pure: the command line of QEMU (7.2 and later). Values of the user's stand in JSON or in an argument of their own; what
 * has to stand in an option string has its commas doubled (QEMU, `qemu-system(1)`, "Conventions").
 */
export function qemuArgs(hardware: Hardware): readonly string[] {
  const { place, cpu, memory, accelerator } = hardware;
  const paths = vmPaths(place.scope, place.identity);
  return [
    'qemu-system-x86_64',
    ...['-name', `guest=${escaped(place.name)}`],
    ...['-uuid', place.identity],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-machine', 'q35'],
    ...['-accel', accelerator, '-cpu', accelerator === 'kvm' ? 'host' : 'max'],
    ...['-smp', String(cpu)],
    ...['-m', `${memory / 2 ** 20}M`],
    ...['-rtc', 'base=utc'],
    ...['-pidfile', paths.pid],
    ...['-chardev', `socket,id=qmp,path=${escaped(paths.qmp)},server=on,wait=off`],
    ...['-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', `socket,id=events,path=${escaped(paths.events)},server=on,wait=off`],
    ...['-mon', 'chardev=events,mode=control'],
    ...['-chardev', consoleOf(paths.console, paths.log)],
    ...['-serial', 'chardev:console'],
    ...['-object', json({ 'qom-type': 'rng-builtin', id: 'rng' })],
    ...['-device', json({ driver: 'virtio-rng-pci', rng: 'rng' })],
    ...boot(hardware),
    ...disk(hardware, paths.disk),
    ...network(hardware),
    ...devices(hardware),
    ...(hardware.credentials ?? []).flatMap((path) => ['-smbios', `type=11,path=${escaped(path)}`]),
  ];
}

/** The name of the disk within QEMU, for whoever makes it larger. */
export const diskNode = 'disk';

function consoleOf(socket: string, log: string): string {
  return `socket,id=console,path=${escaped(socket)},server=on,wait=off,logfile=${escaped(log)},logappend=off`;
}

function boot({ boot }: Hardware): readonly string[] {
  if (boot === undefined) return [];
  const { kernel, initrd, cmdline } = boot;
  return [
    ...['-kernel', kernel],
    ...(initrd === undefined ? [] : ['-initrd', initrd]),
    ...(cmdline === '' ? [] : ['-append', cmdline]),
  ];
}

function disk({ disk }: Hardware, path: string): readonly string[] {
  if (!disk) return [];
  const file = { driver: 'file', filename: path };
  return [
    ...['-blockdev', json({ driver: 'qcow2', 'node-name': diskNode, discard: 'unmap', file })],
    ...['-device', json({ driver: 'virtio-blk-pci', drive: diskNode })],
  ];
}

/** The port is there without a card as well, so that one can be plugged in. */
function network({ network, place }: Hardware): readonly string[] {
  const port = ['-device', json(nicPortDevice)];
  if (network === undefined) return port;
  const backend = network.macvtap === true ? macvtapBackend : tapBackend(place);
  return [...port, '-netdev', json(backend), '-device', json(nicDevice(place, network.mtu))];
}

/** Each card of the host's is in a port of its own, and some are empty: what is in no port cannot be plugged in. */
function devices({ passed }: Hardware): readonly string[] {
  if (passed === undefined) return [];
  const ports = Array.from({ length: portsFor(passed) }, (_, port) => ({
    ...{ driver: 'pcie-root-port', id: portName(port), chassis: port + 1, slot: port + 1 },
  }));
  const given = passed.map((each) => vfioDevice(each, passed));
  return [...ports, ...given].flatMap((each) => ['-device', json(each)]);
}

function json(value: object): string {
  return JSON.stringify(value);
}

function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
