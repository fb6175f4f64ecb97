import type { Lab } from '../connectLab.ts';

/** Where the devices of the topology are inside, by the ids that it has for them. */
export interface Devices {
  readonly display: string;
  readonly card: string;
  readonly sound: string;
  readonly nic: string;
  readonly ssd: string;
}

/** Loads the drivers that the host would have for its devices, and finds them. */
export async function findDevices(lab: Lab): Promise<Devices> {
  await lab.sh('modprobe -a bochs snd_hda_intel e1000e nvme');
  const listed = await lab.sh(
    'for each in /sys/bus/pci/devices/*; do echo ${each##*/} $(cat $each/vendor $each/device $each/class); done',
  );
  const addressOf = (words: string): string => {
    const line = listed.split('\n').find((each) => each.includes(words));
    if (line === undefined) throw new Error(`the lab has no device ${words}:\n${listed}`);
    return line.split(' ')[0] ?? '';
  };
  const card = addressOf('0x1002 0x5046');
  return {
    display: addressOf('0x1234 0x1111'),
    card,
    sound: `${card.slice(0, -1)}1`,
    nic: addressOf('0x8086 0x10d3'),
    ssd: addressOf('0x010802'),
  };
}

/** Who drives each device, who alone may, and how it is split: `0000:01:00.0 nvme (null) 0`. */
export async function stateOf(lab: Lab): Promise<readonly string[]> {
  const listed = await lab.sh(`
    cd /sys/bus/pci/devices
    for each in *; do
      driver=$(readlink $each/driver || true)
      split=$(cat $each/sriov_numvfs 2>/dev/null || true)
      echo $each \${driver##*/} "$(cat $each/driver_override)" $split
    done`);
  return listed.trim().split('\n');
}
