/** A device as QEMU's `-device` and QMP's `device_add` take it: a driver, an id, and properties of the driver. */
export type Device = Readonly<Record<string, string | number | boolean>> & {
  readonly driver: string;
  readonly id: string;
};

/** What a machine is made of. Data: tests name what they need by these ids. */
export interface Topology {
  /** MiB */
  readonly memory: number;
  readonly processors: number;
  /** PCIe root ports, each a slot by itself, with an IOMMU group for what is in it; an empty one is for hotplug. */
  readonly ports: readonly { readonly id: string; readonly devices: readonly Device[] }[];
  /** Devices that are on no port, as the subsystem that an NVMe controller belongs to. */
  readonly devices: readonly Device[];
  /** Disks without a name on this host, empty at the start and gone with the machine. Devices name them as `drive`. */
  readonly disks: readonly { readonly id: string; /** MiB */ readonly size: number }[];
  /** Cables to other machines; devices name them as `netdev`. Both ends of a cable have its name. */
  readonly cables: readonly Cable[];
}

/** One end of a cable. The one that listens has to be there first. */
export interface Cable {
  readonly id: string;
  /** Name of the socket between the two, which is in no folder. */
  readonly socket: string;
  readonly end: 'listens' | 'connects';
}

/** NVMe with virtual functions: QEMU's own numbers for up to four with two queues each. */
const virtualFunctions = {
  ...{ max_ioqpairs: 14, msix_qsize: 15, sriov_max_vfs: 4, sriov_vq_flexible: 8, sriov_vi_flexible: 8 },
  ...{ sriov_max_vq_per_vf: 2, sriov_max_vi_per_vf: 2 },
};

/** What every lab has unless its test says otherwise. */
export const everything: Topology = {
  memory: 2048,
  processors: 2,
  ports: [
    // A display alone: class 0380, driver bochs-drm.
    { id: 'port.display', devices: [{ driver: 'bochs-display', id: 'display' }] },
    // A display and its audio, two functions of one device: class 0300 and 0403, one IOMMU group.
    {
      id: 'port.card',
      devices: [
        { driver: 'ati-vga', id: 'card', addr: '0.0', multifunction: true, romfile: '' },
        { driver: 'intel-hda', id: 'card.audio', addr: '0.1' },
      ],
    },
    { id: 'port.nic', devices: [{ driver: 'e1000e', id: 'nic', romfile: '' }] },
    {
      id: 'port.nvme',
      devices: [{ driver: 'nvme', id: 'nvme', serial: 'lab-nvme', subsys: 'subsystem', ...virtualFunctions }],
    },
    // One may be taken out, for what it carries is nobody's; two are empty.
    { id: 'port.scratch', devices: [{ driver: 'virtio-blk-pci', id: 'scratch', drive: 'disk.scratch' }] },
    { id: 'port.plug0', devices: [] },
    { id: 'port.plug1', devices: [] },
  ],
  devices: [
    { driver: 'nvme-subsys', id: 'subsystem' },
    { driver: 'nvme-ns', id: 'namespace', drive: 'disk.nvme', bus: 'nvme' },
  ],
  disks: [
    { id: 'disk.scratch', size: 2048 },
    { id: 'disk.nvme', size: 64 },
  ],
  cables: [],
};

/** A machine with memory and processors only, and cables to others. */
export function plain(cables: readonly Cable[] = []): Topology {
  const nics = cables.map((cable) => ({
    id: `port.${cable.id}`,
    devices: [
      { driver: 'virtio-net-pci', id: `nic.${cable.id}`, netdev: cable.id, romfile: '', mac: macOf(cable) },
    ],
  }));
  return { memory: 1024, processors: 2, ports: nics, devices: [], disks: [], cables };
}

/** Locally administered; the two ends of a cable differ. */
function macOf({ id, end }: Cable): string {
  const number = Buffer.from(id).reduce((sum, byte) => (sum * 31 + byte) % 256, 0);
  return `52:54:00:00:${end === 'listens' ? '01' : '02'}:${number.toString(16).padStart(2, '0')}`;
}
