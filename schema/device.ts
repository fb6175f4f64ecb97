import { resolvePath } from './paths.ts';
import { quote } from './problem.ts';
import { meaning, text } from './values.ts';

/** A device node of the host's, seen within a capsule. */
export interface Device {
  /** Path on the host. */
  readonly source: string;
  /** Path inside. */
  readonly target: string;
  /** Of `r`, `w` and `m` (make nodes), in this order. */
  readonly access: string;
}

/** `/dev/fuse`, `/dev/ttyUSB0:/dev/modem`, `/dev/sda:/dev/sda:r`. */
export const device = meaning(
  text,
  (value, refuse): Device => {
    const [source = '', target = source, access = 'rw', ...rest] = value.split(':');
    const example = 'for example "/dev/fuse" or "/dev/ttyUSB0:/dev/modem:rw"';
    if (rest.length > 0) return refuse('has more than a device, its path inside and its access', example);
    for (const path of [source, target])
      if (!/^\/dev\/./.test(path) || !resolvePath('/', path).startsWith('/dev/'))
        return refuse(`has ${quote(path)}, which is no path below /dev`, example);
    if (!/^r?w?m?$/.test(access) || access === '')
      return refuse(`ends in ${quote(access)}, which is none of r, w and m in this order`, example);
    return { source: resolvePath('/', source), target: resolvePath('/', target), access };
  },
  { name: 'device', pattern: '^/dev/[^:]+(:/dev/[^:]+(:r?w?m?)?)?$' },
);

/** As the NovaFile writes it. */
export function formatDevice({ source, target, access }: Device): string {
  if (access !== 'rw') return `${source}:${target}:${access}`;
  return source === target ? source : `${source}:${target}`;
}
