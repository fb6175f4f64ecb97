import { lastOf, openTree } from './tree.ts';

/** A process that has a device node open. */
export interface Holder {
  readonly pid: number;
  /** Its name, at most 15 bytes. */
  readonly command: string;
}

/**
 * Who has a device node open, as `/dev/vfio/12`. Only root sees it of all processes.
 * @param root as in `readPci`
 */
export function readHolders(node: string, root = ''): readonly Holder[] {
  const tree = openTree(root);
  const processes = tree.names('/proc').filter((name) => /^\d+$/.test(name));
  return processes.flatMap((pid) => {
    const folder = `/proc/${pid}/fd`;
    const holds = tree.names(folder).some((file) => tree.link(`${folder}/${file}`) === node);
    return holds ? [{ pid: Number(pid), command: tree.text(`/proc/${pid}/comm`) ?? lastOf(pid) ?? pid }] : [];
  });
}
