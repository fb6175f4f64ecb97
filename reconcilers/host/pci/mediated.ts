import type { MdevType, Mediated } from './model.ts';
import { type KernelTree, lastOf, numberIn } from './tree.ts';

/**
 * What can be made of a device (Linux, Documentation/driver-api/vfio-mediated-device.rst).
 * @param device its folder
 */
export function readMdevTypes(tree: KernelTree, device: string): readonly MdevType[] {
  const folder = `${device}/mdev_supported_types`;
  return tree.names(folder).map((type) => ({
    type,
    name: tree.text(`${folder}/${type}/name`) ?? '',
    description: (tree.text(`${folder}/${type}/description`) ?? '').replaceAll(/\s+/g, ' '),
    api: tree.text(`${folder}/${type}/device_api`) ?? '',
    available: numberIn(tree.text(`${folder}/${type}/available_instances`)) ?? 0,
  }));
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What is made of it: each is a folder in its own.
 * @param names in the folder of the device
 */
export function readMediated(
  tree: KernelTree,
  device: string,
  names: ReadonlySet<string>,
): readonly Mediated[] {
  const made = [...names].filter((name) => uuid.test(name)).toSorted();
  return made.flatMap((name) => {
    const type = lastOf(tree.link(`${device}/${name}/mdev_type`));
    return type === undefined ? [] : [{ uuid: name, type }];
  });
}
