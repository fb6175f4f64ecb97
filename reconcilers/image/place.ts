import type { ImageFormat } from '../../schema/image.ts';
import type { Address } from '../../schema/manifest.ts';
import type { Scope } from '../identity.ts';
import { holderOf, originOf } from '../past.ts';

/** Where an image is. Its folder holds one folder for each digest, and the name of the one that counts. */
export interface ImagePlace {
  readonly scope: Scope;
  readonly address: Address;
  readonly path: string;
  /** Where the folder is until it carries its mark. */
  readonly temporary: string;
  /** Where the image is until it is whole. */
  readonly work: string;
  /** Text: the digest that counts. */
  readonly pointer: string;
}

/** @param address `image.NAME` */
export function imagePlace(scope: Scope, project: string, address: Address): ImagePlace {
  // A folder keeps the name that it was made under: disks and layers name it.
  const name = encodeURIComponent(originOf(scope, address).slice('image.'.length));
  const path = `${imageFolder(scope, project)}/${name}`;
  return {
    scope,
    address,
    path,
    temporary: `${imageFolder(scope, project)}/${unfinished}${name}`,
    work: `${path}/.new`,
    pointer: `${path}/current`,
  };
}

/** Which image a name in the project's folder stands for, be it finished or not. */
export function addressOfEntry(scope: Scope, entry: string): Address {
  const name = entry.startsWith(unfinished) ? entry.slice(unfinished.length) : entry;
  const origin: Address = `image.${decode(name)}`;
  return holderOf(scope, origin) ?? origin;
}

/** Names of images in registries hold what names of files do not. */
function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

export function imageFolder(scope: Scope, project: string): string {
  return `${imagesFolder(scope)}/${project}`;
}

export function imagesFolder(scope: Scope): string {
  return `${scope.data}/images`;
}

/** What others are given: a file, or a folder. */
export function imagePath({ path }: Pick<ImagePlace, 'path'>, digest: string, format: ImageFormat): string {
  return `${path}/${digest}/${fileNames[format]}`;
}

export const fileNames: Readonly<Record<ImageFormat, string>> = {
  root: 'root',
  oci: 'layout',
  qcow2: 'disk.qcow2',
  raw: 'file',
  initramfs: 'initramfs.cpio.gz',
};

/** What is kept beside it: what it looked like when it was whole. */
export function recordPath({ path }: Pick<ImagePlace, 'path'>, digest: string): string {
  return `${path}/${digest}/${recordName}`;
}

export const recordName = 'record.json';

/** No resource has a name that begins with a dot. */
const unfinished = '.new-';
