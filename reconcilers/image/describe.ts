import { pinnedTo, shortReference } from '../../schema/registryReference.ts';
import { imagePath } from './place.ts';
import type { ImageSeen } from './seen.ts';

/** Pure: a line for `ls`. */
export function describe({ current, place }: ImageSeen): {
  readonly state: string;
  readonly details: string;
} {
  if (current === undefined) return { state: 'missing', details: place.path };
  const { digest, format, size, damages, pulled } = current;
  const state = damages.length === 0 ? 'present' : 'damaged';
  const details = `${format}, ${sizeWords(size)}, ${imagePath(place, digest.slice(0, 12), format).slice(place.path.length + 1)}`;
  if (pulled !== undefined)
    return {
      state,
      details: `${format}, ${sizeWords(size)}, ${shortReference(pinnedTo(pulled.reference, pulled.digest))}`,
    };
  return { state, details };
}

/** bytes for a person: `3.2 MiB` */
export function sizeWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}
