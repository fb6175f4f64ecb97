import { openTree } from './tree.ts';

/** A process that has a device node open. */
export interface Holder {
  readonly pid: number;
  /** Its name, at most 15 bytes. */
  readonly command: string;
}

const nodes = /^\/dev\/(vfio\/|dri\/|accel\/|nvidia|snd\/)/;

/**
 * Who has which of the device nodes of GPUs, sound and vfio open, by their paths, as `/dev/vfio/12`: one walk over all
 * processes. Only root sees it of all.
 * @param root as in `readPci`
 */
export function readHolders(root = ''): ReadonlyMap<string, readonly Holder[]> {
  const tree = openTree(root);
  const found = new Map<string, Holder[]>();
  for (const pid of tree.names('/proc').filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    const open = new Set(tree.names(folder).flatMap((file) => tree.link(`${folder}/${file}`) ?? []));
    for (const path of [...open].filter((each) => nodes.test(each))) {
      const command = tree.text(`/proc/${pid}/comm`) ?? pid;
      found.set(path, [...(found.get(path) ?? []), { pid: Number(pid), command }]);
    }
  }
  return found;
}
