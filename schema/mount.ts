import { resolvePath } from './paths.ts';
import { quote } from './problem.ts';
import { meaning, text, type Refuse } from './values.ts';

/** Something of the host's, seen within a capsule. */
export interface VolumeMount {
  readonly source:
    | { readonly type: 'volume'; readonly name: string }
    | { readonly type: 'path'; readonly path: string };
  /** Absolute path inside. */
  readonly target: string;
  readonly readonly: boolean;
}

/**
 * `data:/srv/data`, `./api:/srv/api:ro`: source, target, and `ro` or `rw` (the default). A source with a slash or a dot
 * in front is a path, else the name of a volume.
 */
export const mount = meaning(
  text,
  (value, refuse): VolumeMount => {
    const [source = '', target = '', mode = 'rw', ...rest] = value.split(':');
    const example = 'for example "data:/srv/data" or "./api:/srv/api:ro"';
    if (source === '' || target === '' || rest.length > 0)
      return refuse('must be a source, a colon and a target', example);
    if (mode !== 'ro' && mode !== 'rw')
      return refuse(`ends in ${quote(mode)}, which is neither "ro" nor "rw"`, example);
    if (!target.startsWith('/'))
      return refuse(`has the target ${quote(target)}, which is no absolute path`, example);
    if (resolvePath('/', target) === '/') return refuse('must not cover the whole root', example);
    return { source: sourceOf(source, refuse), target: resolvePath('/', target), readonly: mode === 'ro' };
  },
  { name: 'mount', pattern: '^[^~:][^:]*:/[^:]*(:(ro|rw))?$' },
);

function sourceOf(source: string, refuse: Refuse): VolumeMount['source'] {
  if (source.startsWith('~'))
    return refuse('must not start with ~', 'write the whole path, or one from the NovaFile: "./data"');
  if (source.includes('/') || source.startsWith('.')) return { type: 'path', path: source };
  return { type: 'volume', name: source };
}
