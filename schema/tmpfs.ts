import { resolvePath } from './paths.ts';
import { quote } from './problem.ts';
import { meaning, size, text } from './values.ts';

/** A file system in memory, gone when its capsule stops. */
export interface Tmpfs {
  /** Absolute path inside. */
  readonly target: string;
  /** bytes; absent: half of the host's memory. */
  readonly size?: number;
}

/** `/run`, `/tmp:64Mi`. */
export const tmpfs = meaning(
  text,
  (value, refuse): Tmpfs => {
    const [target = '', written, ...rest] = value.split(':');
    const example = 'for example "/run" or "/tmp:64Mi"';
    if (!target.startsWith('/') || rest.length > 0)
      return refuse('must be an absolute path, or one with a colon and a size', example);
    if (resolvePath('/', target) === '/') return refuse('must not cover the whole root', example);
    if (written === undefined) return { target: resolvePath('/', target) };
    const read = size.safeParse(written);
    if (!read.success || read.data < 4096)
      return refuse(`has ${quote(written)}, which is no size of at least 4Ki`, example);
    return { target: resolvePath('/', target), size: read.data };
  },
  { name: 'tmpfs', pattern: '^/[^:]*(:[0-9]+([KMGT]i?)?)?$' },
);

/** As the NovaFile writes it. */
export function formatTmpfs({ target, size: bytes }: Tmpfs): string {
  return bytes === undefined ? target : `${target}:${bytes}`;
}
