import type { ContainerSpec } from '../../schema/container.ts';
import { reveal } from '../../schema/sensitive.ts';
import type { Bind } from './ociMounts.ts';

/** A file with the value of a secret. It lies in `/run`, in a folder for root alone, and is mounted into the capsule. */
export interface SecretFile extends Bind {
  readonly text: string;
}

/** @param folder on the host; the files in it are numbered, as the path of one may be part of another's */
export function secretFiles(
  folder: string,
  { files = {} }: Pick<ContainerSpec, 'files'>,
): readonly SecretFile[] {
  return Object.entries(files).map(([target, value], index) => {
    return { source: `${folder}/${index}`, target, readonly: true, text: reveal(value) };
  });
}
