import type { Lab } from '../connectLab.ts';
import { everything, type Topology } from '../machine/topology.ts';

const twoFunctions = [
  { driver: 'e1000e', id: 'nic', romfile: '', addr: '0.0', multifunction: true },
  { driver: 'intel-hda', id: 'nic.sound', addr: '0.1' },
];

/**
 * The network card has a second function of the same vendor, as the sound of a graphics card is one; and there is a second
 * display, as the only one of a host is not handed over.
 */
export const withTwoFunctions: Topology = {
  ...everything,
  ports: [
    ...everything.ports.map((port) => (port.id === 'port.nic' ? { ...port, devices: twoFunctions } : port)),
    { id: 'port.spare', devices: [{ driver: 'bochs-display', id: 'spare' }] },
  ],
};

/** Where the devices of the topology are inside, by the ids that it has for them. */
export interface Devices {
  readonly display: string;
  /** The display that stays with the host. */
  readonly spare: string;
  /** A display, and a sound of another vendor that shares its group. */
  readonly card: string;
  readonly sound: string;
  /** Two functions of one card. */
  readonly nic: string;
  readonly second: string;
  /** An NVMe controller that can be split. */
  readonly ssd: string;
}

/** Loads the drivers that the host would have for its devices, and finds them. */
export async function findDevices(lab: Lab): Promise<Devices> {
  await lab.sh('modprobe -a bochs snd_hda_intel e1000e nvme');
  const files = await filesOf(lab, ['vendor', 'device', 'class']);
  const lines = [...files].map(
    ([address, [vendor, device, kind]]) => `${address} ${vendor} ${device} ${kind}`,
  );
  const addressOf = (words: string): string => {
    const line = lines.find((each) => each.includes(words));
    if (line === undefined) throw new Error(`the lab has no device ${words}:\n${lines.join('\n')}`);
    return line.split(' ')[0] ?? '';
  };
  const [card, nic] = [addressOf('0x1002 0x5046'), addressOf('0x8086 0x10d3')];
  return {
    display: addressOf('0x1234 0x1111'),
    spare: lines.findLast((each) => each.includes('0x1234 0x1111'))?.split(' ')[0] ?? '',
    card,
    sound: `${card.slice(0, -1)}1`,
    nic,
    second: `${nic.slice(0, -1)}1`,
    ssd: addressOf('0x010802'),
  };
}

/** Who drives each device, who alone may, and how it is split: `0000:01:00.0 nvme (null) 0`. */
export async function stateOf(lab: Lab): Promise<readonly string[]> {
  const files = await filesOf(lab, ['driver_override', 'sriov_numvfs']);
  const listed = await lab.sh("cd /sys/bus/pci/devices; find */ -maxdepth 1 -name driver -printf '%h %l\\n'");
  const drivers = new Map(
    listed.split('\n').map((line) => [line.split(' ')[0], line.split('/').at(-1)] as const),
  );
  return [...files].map(([address, [override, split]]) =>
    [address, drivers.get(address), override, split].filter((each) => each !== undefined).join(' '),
  );
}

/** What stands in these files of each device, in their order. By one process: to start some for each device takes seconds. */
async function filesOf(
  lab: Lab,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly (string | undefined)[]>> {
  const read = `cd /sys/bus/pci/devices; grep -sH '' ${names.map((name) => `*/${name}`).join(' ')} || true`;
  const texts = new Map(
    (await lab.sh(read)).split('\n').map((line) => {
      const [, path = '', text] = /^([^/]+\/[^:]+):(.*)$/.exec(line) ?? [];
      return [path, text] as const;
    }),
  );
  const addresses = new Set([...texts.keys()].flatMap((path) => path.split('/')[0] || []));
  return new Map(
    [...addresses]
      .toSorted()
      .map((address) => [address, names.map((name) => texts.get(`${address}/${name}`))]),
  );
}
