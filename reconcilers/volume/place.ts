import type { Address } from '../../schema/manifest.ts';
import type { Scope } from '../identity.ts';

/** Where a volume is. */
export interface VolumePlace {
  readonly address: Address;
  readonly path: string;
  /** Where it is until it carries its mark, mode and owner. */
  readonly temporary: string;
}

/** The folder of a volume: what containers mount. */
export function volumePath(scope: Scope, project: string, name: string): string {
  return `${projectFolder(scope, project)}/${name}`;
}

/** @param address `volume.NAME` */
export function volumePlace(scope: Scope, project: string, address: Address): VolumePlace {
  const name = address.slice('volume.'.length);
  return {
    address,
    path: volumePath(scope, project, name),
    temporary: `${projectFolder(scope, project)}/${unfinished}${name}`,
  };
}

/** Which volume a name in the project's folder stands for, be it finished or not. */
export function addressOfEntry(entry: string): Address {
  return `volume.${entry.startsWith(unfinished) ? entry.slice(unfinished.length) : entry}`;
}

export function projectFolder(scope: Scope, project: string): string {
  return `${volumesFolder(scope)}/${project}`;
}

export function volumesFolder(scope: Scope): string {
  return `${scope.data}/volumes`;
}

/** No resource has a name that begins with a dot. */
const unfinished = '.new-';
