import type { Policy } from './common.ts';
import type { ContainerSpec } from './container.ts';
import type { GpuSpec } from './gpu.ts';
import type { Automatic } from './automatics.ts';
import type { HostLimits } from './hostLimits.ts';
import type { ImageSpec } from './image.ts';
import type { Location } from './location.ts';
import type { NetworkSpec } from './network.ts';
import type { SecretSources } from './secret.ts';
import type { VmSpec } from './vm.ts';
import type { VolumeSpec } from './volume.ts';

/** Each kind with the type of its spec. */
export interface SpecByKind {
  readonly network: NetworkSpec;
  readonly volume: VolumeSpec;
  readonly image: ImageSpec;
  readonly gpu: GpuSpec;
  readonly container: ContainerSpec;
  readonly vm: VmSpec;
}

export type Kind = keyof SpecByKind;

/** `kind.name`, as `container.web`. */
export type Address = `${Kind}.${string}`;

/** One declared thing, valid, with every reference resolved to an edge. */
export interface Resource<K extends Kind = Kind> {
  readonly address: Address;
  readonly kind: K;
  readonly name: string;
  readonly spec: SpecByKind[K];
  /** Where its table begins. */
  readonly at: Location;
  /** Everything that must be ready before it: its references and its `depends_on`, sorted, without duplicates. */
  readonly dependsOn: readonly Address[];
  /** Undefined: its table says nothing about it (see `policyOf`). */
  readonly policy?: Policy;
  /** Of what a table with `for_each` made: the address of that table, and the key. */
  readonly each?: { readonly of: Address; readonly key: string };
}

/** What was one resource is another one now: what is owned goes along. */
export interface Move {
  readonly from: Address;
  readonly to: Address;
  readonly at: Location;
}

/** The desired state of one project. */
export interface Manifest {
  readonly project: string;
  /** Absolute path of the NovaFile; its folder is what relative paths in it are relative to. */
  readonly file: string;
  readonly resources: readonly Resource[];
  /** As written; undefined: none. */
  readonly moved?: readonly Move[];
  /** Undefined: nothing is said of them, and the usual ones hold. */
  readonly limits?: HostLimits;
  /** What a controller may do without asking; undefined: nothing is said of it. */
  readonly auto?: readonly Automatic[];
  /** Where values of secrets come from; undefined: nothing is said of it (see `defaultSources`). */
  readonly secrets?: SecretSources;
}
