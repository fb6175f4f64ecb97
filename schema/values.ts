import { z } from 'zod';

/** Says what is wrong, without the key's name (it is put before it), and what to write. Its result is returned. */
export type Refuse = (message: string, hint?: string) => never;

/** A value that is read further than its type: `read` returns what it means, or what `refuse` returns. */
export function meaning<In, Out>(type: z.ZodType<In>, read: (value: In, refuse: Refuse) => Out) {
  return type.transform((value, context): Out => {
    const refuse = (message: string, hint?: string): never => {
      context.addIssue({ code: 'custom', message, params: { hint }, input: value });
      return z.NEVER;
    };
    return read(value, refuse);
  });
}

/** Text that can be handed to a program: programs end a text at its first NUL. */
export const text = meaning(z.string(), (value, refuse) => {
  return value.includes('\0') ? refuse('must not hold a NUL character') : value;
});

/** Other resources, as `["container.db"]`. They are looked up when all are known. */
export const dependsOn = z.array(text).readonly().default([]);

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
export const size = meaning(z.union([z.number(), z.string()]), (value, refuse) => {
  const [, amount, unit = ''] = /^([0-9]+)([KMGT]i?)?$/.exec(String(value)) ?? [];
  const bytes = Number(amount) * (unitsOfSize[unit] ?? Number.NaN);
  if (Number.isSafeInteger(bytes)) return bytes;
  return refuse(
    'must be a size',
    'bytes as a whole number, or "256Mi", "2Gi" (binary), "256M", "2G" (decimal)',
  );
});

const unitsOfTime: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, m: 60 };

/** seconds: a number of them, or text as `500ms`, `10s`, `2m`; at most a day. */
export const duration = meaning(z.union([z.number(), z.string()]), (value, refuse) => {
  const seconds = typeof value === 'number' ? value : secondsOf(value);
  if (!(seconds >= 0)) return refuse('must be a duration', 'seconds as a number, or "500ms", "10s", "2m"');
  return seconds > 86_400 ? refuse('must be at most a day', 'at most 86400 seconds') : seconds;
});

/** A {@link duration} that is not nothing. */
export const positiveDuration = meaning(duration, (seconds, refuse) => {
  return seconds > 0 ? seconds : refuse('must be more than 0', 'for example "500ms" or "10s"');
});

function secondsOf(written: string): number {
  const [, amount, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m)$/.exec(written) ?? [];
  const factor = unitsOfTime[unit] ?? Number.NaN;
  return factor < 1 ? Number(amount) / 1000 : Number(amount) * factor;
}
