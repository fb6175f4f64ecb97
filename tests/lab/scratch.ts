import type { Lab } from './connectLab.ts';

const folder = '/srv/scratch';

/** The only virtio disk at the start: `scratch` of the topology. */
const disk = '/dev/vda';

/** A folder on a disk, where everything else in a lab is in memory. The disk is made ready when it is first asked for. */
export async function scratchFolder(lab: Lab): Promise<string> {
  const make = `
    mountpoint -q ${folder} && exit
    mkdir -p ${folder}
    mkfs.ext4 -q ${disk}
    mount ${disk} ${folder}`;
  await lab.must(['flock', '/run/scratch.lock', 'sh', '-ec', make]);
  return folder;
}
