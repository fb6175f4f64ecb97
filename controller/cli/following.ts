import { automaticByDefault, automatics, type Automatic } from '../loop/assess.ts';
import { usage } from './positionals.ts';

/** What `watch` and `controller` are told on the command line. */
export interface Following {
  readonly once: boolean;
  readonly name: string | undefined;
  readonly repo: string | undefined;
  readonly ref: string | undefined;
  /** In the repository: the NovaFile, or the folder that holds it. */
  readonly path: string | undefined;
  /** ms between two looks at the source; undefined: as it is for sources of its kind */
  readonly interval: number | undefined;
  readonly automatic: readonly Automatic[];
  /** ms */
  readonly deadline: number;
}

export const followingFlags = {
  once: { type: 'boolean' },
  name: { type: 'string' },
  repo: { type: 'string' },
  ref: { type: 'string' },
  path: { type: 'string' },
  interval: { type: 'string' },
  auto: { type: 'string' },
  deadline: { type: 'string' },
} as const;

type Values = { readonly [Flag in keyof typeof followingFlags]?: string | boolean | undefined };

const words = { name: undefined, repo: undefined, ref: undefined, path: undefined };

/** @throws NovaError `usage` */
export function readFollowing(values: Values): Following {
  const text = (flag: keyof Values): string | undefined => {
    const value = values[flag];
    return typeof value === 'string' ? value : undefined;
  };
  const interval = text('interval');
  const auto = text('auto');
  const given = Object.keys(words).map((flag) => [flag, text(flag as keyof Values)]);
  return {
    ...(Object.fromEntries(given) as { [Key in keyof typeof words]: string | undefined }),
    once: values.once === true,
    interval: interval === undefined ? undefined : readDuration('--interval', interval),
    automatic: auto === undefined ? automaticByDefault : readAutomatic(auto.split(',')),
    deadline: readDuration('--deadline', text('deadline') ?? '5m'),
  };
}

/** `30s`, `5m`, `500ms`, `1h`; in ms. @throws NovaError `usage` */
export function readDuration(flag: string, text: string): number {
  const [, count, unit] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit ?? ''];
  if (ms === undefined || Number(count) === 0)
    throw usage(`${flag} takes a time as 500ms, 30s, 5m or 1h, not \`${text}\``);
  return Number(count) * ms;
}

/** @throws NovaError `usage` */
export function readAutomatic(list: readonly string[]): readonly Automatic[] {
  return list.map((word) => {
    const found = automatics.find((each) => each === word.trim());
    if (found === undefined) throw usage(`--auto takes a list of ${automatics.join(', ')}, not \`${word}\``);
    return found;
  });
}
