import type { ImageFormat } from '../../schema/image.ts';
import type { Address } from '../../schema/manifest.ts';
import type { ImagePlace } from './place.ts';
import type { Damage } from './record.ts';

/** What is there of one image, and what it should be. */
export interface ImageSeen {
  readonly place: ImagePlace;
  /** What would be made of its source now; undefined when it is not declared, or the source has a problem. */
  readonly wanted: Identified | undefined;
  /** What it is now. */
  readonly current: Current | undefined;
  /** Something that never became an image, or a part of one, and that nobody has used. */
  readonly unfinished: boolean;
  /** Machines whose disks lie over it; only looked for when it is not declared. */
  readonly disks: readonly Address[];
  /** Its folder does not carry Nova's mark. */
  readonly foreign?: boolean;
  /** What its mark still calls it. */
  readonly was?: Address | undefined;
}

export interface Identified {
  /** 64 hexadecimal digits. */
  readonly digest: string;
  readonly format: ImageFormat;
  /** Of an OCI image layout: digest of the image in it that fits this machine, if there is one. */
  readonly manifest: string | undefined;
}

export interface Current extends Identified {
  /** Of what was pulled: what it was asked for by, and the digest (64 hexadecimal digits) that the registry had under that. */
  readonly pulled: { readonly reference: string; readonly digest: string } | undefined;
  /** bytes */
  readonly size: number;
  /** The first few differences from what it was when it was whole. */
  readonly damages: readonly Damage[];
}
