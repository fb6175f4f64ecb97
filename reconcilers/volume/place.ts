import type { Address } from '../../schema/manifest.ts';
import type { Scope } from '../identity.ts';
import { holderOf, originOf } from '../past.ts';

/** Where a volume is. */
export interface VolumePlace {
  readonly address: Address;
  readonly path: string;
  /** Where it is until it carries its mark, mode and owner. */
  readonly temporary: string;
}

/** The folder of a volume: what containers mount. */
export function volumePath(scope: Scope, project: string, name: string): string {
  return `${projectFolder(scope, project)}/${folderOf(scope, `volume.${name}`)}`;
}

/** A folder keeps the name that it was made under, so that whoever has it mounted keeps it. */
function folderOf(scope: Scope, address: Address): string {
  return originOf(scope, address).slice('volume.'.length);
}

/** @param address `volume.NAME` */
export function volumePlace(scope: Scope, project: string, address: Address): VolumePlace {
  const name = address.slice('volume.'.length);
  return {
    address,
    path: volumePath(scope, project, name),
    temporary: `${projectFolder(scope, project)}/${unfinished}${folderOf(scope, address)}`,
  };
}

/** Which volume a name in the project's folder stands for, be it finished or not. */
export function addressOfEntry(scope: Scope, entry: string): Address {
  const origin: Address = `volume.${entry.startsWith(unfinished) ? entry.slice(unfinished.length) : entry}`;
  return holderOf(scope, origin) ?? origin;
}

export function projectFolder(scope: Scope, project: string): string {
  return `${volumesFolder(scope)}/${project}`;
}

export function volumesFolder(scope: Scope): string {
  return `${scope.data}/volumes`;
}

/** No resource has a name that begins with a dot. */
const unfinished = '.new-';
