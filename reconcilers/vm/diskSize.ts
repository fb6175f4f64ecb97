import { binarySize } from '../../schema/binarySize.ts';
import { imageAddress } from '../../schema/imageSource.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { DiskSeen } from '../host/view.ts';
import type { Obstacle } from '../reconciler.ts';

/**
 * Pure: a disk that is smaller than the image below it would cut off what is at the end of that: of a partitioned one
 * the last partition, and the second copy of its table.
 * @param image undefined: it cannot be told
 */
export function smallDisk(
  { address, spec }: Resource<'vm'>,
  image: DiskSeen | undefined,
): readonly Obstacle[] {
  const size = spec.disk?.size;
  if (spec.image === undefined || size === undefined || image === undefined || size >= image.size) return [];
  const name = spec.image.type === 'path' ? spec.image.path : imageAddress(spec.image.name);
  const message = `${address}: its disk of ${words(size)} is smaller than its image ${name}, which has ${words(image.size)}`;
  const least = Math.ceil(image.size / mebibyte) * mebibyte;
  const hint = `write disk = { size = "${binarySize(least)}" } or more, or leave out disk to have as much as the image`;
  return [{ code: 'vm.disk-size', message, hint, path: ['disk', 'size'] }];
}

const mebibyte = 2 ** 20;

function words(bytes: number): string {
  const size = binarySize(bytes);
  return typeof size === 'number' ? `${size} bytes` : size;
}
