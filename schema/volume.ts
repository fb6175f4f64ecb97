/** Temporary hand-written shape; the zod module replaces it. */
export interface VolumeSpec {
  /** Four octal digits, as `0750`; default `0755`. */
  readonly mode: string;
  /** `uid:gid`, numeric; default `0:0`. */
  readonly owner: string;
}
