/** Parts of rules, in the spelling in which `nft -j` prints them back (libnftables-json(5)). */

export function match(op: string, left: unknown, right: unknown): unknown {
  return { match: { op, left, right } };
}

export function meta(key: string, op: '==' | '!=', value: string): unknown {
  return match(op, { meta: { key } }, value);
}

export function payload(protocol: string, field: string, value: unknown): unknown {
  return match('==', { payload: { protocol, field } }, value);
}

/** One state stands alone, several in the order of their bits: as they are printed. */
export function state(...states: readonly string[]): unknown {
  return match('in', { ct: { key: 'state' } }, states.length === 1 ? states[0] : states);
}

/** What was, or was not, sent elsewhere than to whom it was addressed. */
export const translated = match('in', { ct: { key: 'status' } }, 'dnat');
export const notTranslated = match('!', { ct: { key: 'status' } }, 'dnat');

/** Whose address it is, as the routing table says: `local` is this host's. */
export function addressType(field: 'saddr' | 'daddr', type: string): unknown {
  return match('==', { fib: { result: 'type', flags: [field] } }, type);
}

export const drop = { drop: null };
export const masquerade = { masquerade: null };
/** What a chain of one's own has nothing against goes on where it came from. */
export const give = { return: null };

/** As `jump`, and who is through comes back to where the chain was jumped to. */
export function goto(chain: string): unknown {
  return { goto: { target: chain } };
}

export function jump(chain: string): unknown {
  return { jump: { target: chain } };
}

/** Text of an expression that is the same in whichever order its keys come: `nft` has one of its own. */
export function spelled(expr: readonly unknown[]): string {
  return JSON.stringify(expr, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Whether two parts of a rule say the same, in whichever order their keys come: what makes no text of them is quick. */
export function isAlike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  if (Array.isArray(one) !== Array.isArray(other) || keys.length !== others.length) return false;
  return keys.every(
    (key) => Object.hasOwn(other, key) && isAlike(Reflect.get(one, key), Reflect.get(other, key)),
  );
}
