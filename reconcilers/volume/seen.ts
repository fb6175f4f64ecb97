import type { Address } from '../../schema/manifest.ts';
import type { VolumePlace } from './place.ts';

/** What is there of one volume. */
export interface VolumeSeen {
  readonly place: VolumePlace;
  /** The folder that carries the mark. */
  readonly folder: FolderSeen | undefined;
  /** A folder that never became the volume, and that nobody has used. */
  readonly unfinished: boolean;
}

export interface FolderSeen {
  /** Four octal digits. */
  readonly mode: string;
  /** `uid:gid` */
  readonly owner: string;
  /** It does not carry Nova's mark. */
  readonly foreign?: boolean;
  /** What its mark still calls it. */
  readonly was?: Address | undefined;
}
