/**
 * Names of the outputs that are known only after apply.
 * @param names those that a resource can have
 * @param known those that it has now
 */
export function unknownOutputs(
  names: readonly string[],
  known: Readonly<Record<string, unknown>>,
): readonly string[] {
  return names.filter((name) => known[name] === undefined && !dealt.has(name));
}

/** They are known when planning, or are not there. */
const dealt = new Set(['ip6', 'subnet6', 'gateway6']);
