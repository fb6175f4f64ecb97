/** What stands between `${` and `}` and is known before anything is applied. */
export type Expression =
  | { readonly of: 'var'; readonly name: string; readonly keys: readonly string[] }
  | { readonly of: 'env'; readonly name: string; readonly otherwise: string | undefined }
  | { readonly of: 'each'; readonly what: 'key' | 'value'; readonly keys: readonly string[] };

/** `${var.name}`, `${env.NAME:-text}`, `${each.value.port}`; undefined when it is none of them. */
export function parseExpression(written: string): Expression | undefined {
  const inner = written.slice(2, -1);
  const [, env, otherwise] = /^env\.([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/.exec(inner) ?? [];
  if (env !== undefined) return { of: 'env', name: env, otherwise };
  const [, of, name = '', rest = ''] =
    /^(var|each)\.([A-Za-z0-9_-]+)((?:\.[A-Za-z0-9_-]+)*)$/.exec(inner) ?? [];
  const keys = rest === '' ? [] : rest.slice(1).split('.');
  if (of === 'var') return { of, name, keys };
  if (of !== 'each' || (name !== 'value' && (name !== 'key' || keys.length > 0))) return undefined;
  return { of, what: name, keys };
}

/** Whether it was meant as one of them, right or wrong. */
export function startsAsExpression(written: string): boolean {
  return /^\$\{(?:var|env|each)\b/.test(written);
}
