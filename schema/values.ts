import { z } from 'zod';

/** Says what is wrong, without the key's name (it is put before it), and what to write. Its result is returned. */
export type Refuse = (message: string, hint?: string, about?: About) => never;

interface About {
  /** What was written may be the value of a secret: it is not shown. */
  readonly veiled?: true;
}

/** How a value looks, for the reference and for editors. */
interface Form {
  /** What it is called, as `size`; default: what its type is called. */
  readonly name?: string;
  /** A regular expression (ECMA 262) that text of it fits; not all that fits is right. */
  readonly pattern?: string;
}

const forms = new WeakMap<z.core.$ZodType, Form>();

export function formOf(schema: z.core.$ZodType): Form | undefined {
  return forms.get(schema);
}

/** A value that is read further than its type: `read` returns what it means, or what `refuse` returns. */
export function meaning<In, Out>(type: z.ZodType<In>, read: (value: In, refuse: Refuse) => Out, form?: Form) {
  const schema = type.transform((value, context): Out => {
    let refused = false;
    // The first refusal stands: what is read after it means nothing.
    const refuse: Refuse = (message, hint, about = {}) => {
      if (refused) return z.NEVER;
      refused = true;
      context.addIssue({ code: 'custom', message, params: { hint, ...about }, input: value });
      return z.NEVER;
    };
    return read(value, refuse);
  });
  if (form !== undefined) forms.set(schema, form);
  return schema;
}

/** Text that can be handed to a program: programs end a text at its first NUL. */
export const text = z.string().check(({ value, issues }) => {
  if (value.includes('\0'))
    issues.push({ code: 'custom', message: 'must not hold a NUL character', params: {}, input: value });
});
forms.set(text, { pattern: '^[^\\u0000]*$' });

/** Other resources, as `["container.db"]`. They are looked up when all are known. */
export const dependsOn = z.array(text).readonly().default([]);

/** The name of a declared resource, of its own instance: what is said of a key belongs to that key alone. */
export function nameOf(kind: string) {
  return meaning(text, (value, refuse) => {
    return value === '' ? refuse(`must be the name of a ${kind}`, `it stands in [${kind}.NAME]`) : value;
  });
}

/** A port from 1 to 65535; undefined when it is none. */
export function parsePort(value: string | undefined): number | undefined {
  return /^[1-9][0-9]{0,4}$/.test(value ?? '') && Number(value) <= 65_535 ? Number(value) : undefined;
}

/** A numeric user or group id. The kernel's have 32 bits; the largest one means "none" (chown(2)). */
export function isId(value: string): boolean {
  return /^(0|[1-9][0-9]{0,9})$/.test(value) && Number(value) < 2 ** 32 - 1;
}

const unitsOfSize: Readonly<Record<string, number>> = {
  '': 1,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** bytes: a whole number of them, or text as `256Mi` (binary: Ki Mi Gi Ti) or `256M` (decimal: K M G T). */
export const size = meaning(
  z.union([z.number(), z.string()]),
  (value, refuse) => {
    const [, amount, unit = ''] = /^([0-9]+)([KMGT]i?)?$/.exec(String(value)) ?? [];
    const bytes = Number(amount) * (unitsOfSize[unit] ?? Number.NaN);
    if (Number.isSafeInteger(bytes)) return bytes;
    const [, meant, letter = ''] = /^([0-9]+) *([kmgt])(?:i?b)?$/i.exec(String(value)) ?? [];
    const [binary, decimal] = [`${meant}${letter.toUpperCase()}i`, `${meant}${letter.toUpperCase()}`];
    return refuse(
      'must be a size',
      meant === undefined
        ? 'bytes as a whole number, or "256Mi", "2Gi" (binary), "256M", "2G" (decimal)'
        : `"${binary}" (binary), or "${decimal}" (decimal)`,
    );
  },
  { name: 'size', pattern: '^[0-9]+([KMGT]i?)?$' },
);

const unitsOfTime: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 };

const formOfDuration: Form = { name: 'duration', pattern: '^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$' };

/** seconds: a number of them, or text as `500ms`, `10s`, `2m`, `1h`; at most a day. */
export const duration = meaning(
  z.union([z.number(), z.string()]),
  (value, refuse) => {
    const seconds = typeof value === 'number' ? value : secondsOf(value);
    if (!(seconds >= 0)) return refuse('must be a duration', 'seconds as a number, or "500ms", "10s", "2m"');
    return seconds > 86_400 ? refuse('must be at most a day', 'at most 86400 seconds') : seconds;
  },
  formOfDuration,
);

/** A {@link duration} that is not nothing. */
export const positiveDuration = meaning(duration, (seconds, refuse) => {
  return seconds > 0 ? seconds : refuse('must be more than 0', 'for example "500ms" or "10s"');
});

/** seconds between two times of something that is done again and again: a minute to a year. */
export const period = meaning(
  z.union([z.number(), z.string()]),
  (value, refuse) => {
    const seconds = typeof value === 'number' ? value : secondsOf(value);
    if (seconds >= 60 && seconds <= 365 * 86_400) return seconds;
    return refuse('must be a time from a minute to a year', 'for example "6h" or "1d"');
  },
  formOfDuration,
);

function secondsOf(written: string): number {
  const [, amount, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)$/.exec(written) ?? [];
  const factor = unitsOfTime[unit] ?? Number.NaN;
  return factor < 1 ? Number(amount) / 1000 : Number(amount) * factor;
}
