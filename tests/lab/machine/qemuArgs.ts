import type { Topology } from './topology.ts';

/** What of this host a machine is given. Folders are absolute. */
export interface Given {
  readonly kernel: string;
  /** A path at which QEMU finds the initramfs. */
  readonly initrd: string;
  /** kHz; the kernel measures it when it is not known. */
  readonly tscFrequency: number | undefined;
  /** Read-only, by their names inside. */
  readonly shares: Readonly<Record<string, string>>;
  /** Numbers of open files that QEMU inherits: two sockets, and one file for each disk in their order. */
  readonly descriptors: { readonly agent: number; readonly qmp: number; readonly disks: readonly number[] };
}

/** QEMU's arguments. Pure. */
export function qemuArgs(topology: Topology, given: Given): readonly string[] {
  const { memory, processors } = topology;
  return [
    ...[
      '-accel',
      'tcg,thread=multi',
      '-machine',
      'q35',
      '-cpu',
      'max',
      '-m',
      `${memory}`,
      '-smp',
      `${processors}`,
    ],
    ...[
      '-nodefaults',
      '-no-user-config',
      '-no-reboot',
      '-display',
      'none',
      '-serial',
      'stdio',
      '-monitor',
      'none',
    ],
    ...['-kernel', given.kernel, '-initrd', given.initrd, '-append', commandLine(given)],
    ...socket('qmp', given.descriptors.qmp),
    ...['-mon', 'chardev=qmp,mode=control'],
    ...socket('agent', given.descriptors.agent),
    ...device({ driver: 'virtio-serial-pci', id: 'serial', addr: '1e.0' }),
    ...device({ driver: 'virtserialport', id: 'agent.port', chardev: 'agent', name: 'lab.agent' }),
    ...Object.entries(given.shares).flatMap(([name, path], index) => share(name, path, index)),
    // Every device that comes after it is behind it.
    ...device({ driver: 'intel-iommu', id: 'iommu', intremap: 'on', 'caching-mode': true }),
    ...disks(topology, given),
    ...cables(topology),
    ...devices(topology),
  ];
}

function commandLine({ tscFrequency }: Given): string {
  const told = tscFrequency === undefined ? [] : [`tsc_early_khz=${tscFrequency}`];
  return [...words, ...told].join(' ');
}

/**
 * `no_timer_check`: the timer as emulated may fail the kernel's test of it, which then panics. `norandmaps`: a program that
 * is always at the same place is translated once, and starts in half the time. The rest takes work off an emulated processor.
 */
const words = [
  ...['console=ttyS0', 'quiet', 'panic=-1', 'tsc=reliable', 'no_timer_check', 'mitigations=off'],
  ...['random.trust_cpu=on', 'intel_iommu=on', 'init_on_alloc=0', 'rcupdate.rcu_expedited=1', 'nowatchdog'],
  'norandmaps',
];

function device(properties: Readonly<Record<string, string | number | boolean>>): string[] {
  return ['-device', JSON.stringify(properties)];
}

function socket(id: string, descriptor: number): string[] {
  return ['-chardev', `socket,id=${id},fd=${descriptor}`];
}

/** Where its own devices are is said, so that they and the ports do not meet. */
function share(name: string, path: string, index: number): string[] {
  const options = 'security_model=none,readonly=on,multidevs=remap';
  return [
    ...['-fsdev', `local,id=share.${name},path=${path.replaceAll(',', ',,')},${options}`],
    ...device({
      ...{ driver: 'virtio-9p-pci', id: `9p.${name}`, fsdev: `share.${name}`, mount_tag: name },
      addr: `${(0x18 + index).toString(16)}.0`,
    }),
  ];
}

function disks(topology: Topology, given: Given): string[] {
  return topology.disks.flatMap(({ id }, index) => [
    ...['-add-fd', `fd=${given.descriptors.disks[index]},set=${index + 1}`],
    ...[
      '-blockdev',
      JSON.stringify({ driver: 'file', 'node-name': id, filename: `/dev/fdset/${index + 1}` }),
    ],
  ]);
}

function cables(topology: Topology): string[] {
  return topology.cables.flatMap(({ id, socket: path, end }) => [
    '-netdev',
    JSON.stringify({
      ...{ type: 'stream', id, server: end === 'listens' },
      addr: { type: 'unix', path, abstract: true, tight: true },
    }),
  ]);
}

function devices({ ports, devices: others }: Topology): string[] {
  // A subsystem comes before its controllers, and what has a bus after it.
  const first = others.filter((each) => each['bus'] === undefined);
  const last = others.filter((each) => each['bus'] !== undefined);
  const inPorts = ports.flatMap(({ id, devices: inside }, index) => [
    ...device({
      driver: 'pcie-root-port',
      id,
      chassis: index + 1,
      slot: index + 1,
      addr: `${(index + 2).toString(16)}.0`,
    }),
    ...inside.flatMap((each) => device({ ...each, bus: id })),
  ]);
  return [...first.flatMap(device), ...inPorts, ...last.flatMap(device)];
}
