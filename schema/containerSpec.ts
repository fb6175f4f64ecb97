import type { CapsuleSource } from './capsule.ts';
import { ownOf, type commonKeys } from './common.ts';
import type { WrittenContainer } from './container.ts';
import { checkHealth } from './health.ts';
import type { VolumeMount } from './mount.ts';
import { resolvePath, type FolderAt } from './paths.ts';
import type { TableProblem } from './problem.ts';

type Own = Omit<WrittenContainer, keyof typeof commonKeys>;

/**
 * A container with its defaults filled in and its paths absolute. Keys as in `ContainerTable`; what is off is left out.
 */
export type ContainerSpec = Readonly<Omit<Own, 'capsule' | 'hostname' | 'read_only'>> & {
  readonly capsule: CapsuleSource;
  readonly hostname: string;
  readonly read_only?: true;
};

/** What does not fit together within one table; paths as within it. */
export function checkContainer(table: WrittenContainer): readonly TableProblem[] {
  return table.health === undefined ? [] : checkHealth(table.health);
}

export function containerSpec(name: string, folderAt: FolderAt, written: WrittenContainer): ContainerSpec {
  const { hostname: host, read_only, ...table } = ownOf(written);
  return {
    ...table,
    hostname: host ?? name,
    capsule: fromFolder(folderAt('capsule'), table.capsule),
    ...(read_only ? { read_only } : {}),
    volumes: table.volumes.map((volume): VolumeMount => ({
      ...volume,
      source: fromFolder(folderAt('volumes'), volume.source),
    })),
  };
}

function fromFolder<Source extends { readonly type: string }>(folder: string, source: Source): Source {
  return 'path' in source && typeof source.path === 'string'
    ? { ...source, path: resolvePath(folder, source.path) }
    : source;
}
