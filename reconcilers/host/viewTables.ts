import type { CommandRunner } from './commandRunner.ts';
import { noReader, type Reader } from './reader.ts';
import { fields, list, number, parseJson, text } from './toolOutput.ts';
import type { FilterChain, FilterRule, FilterSet, FilterTable } from './view.ts';

/** As `nft` takes it when it stays. `-t` leaves out what is in named sets. */
export const tablesQuestion = { argv: ['nft', '-j', '-t', '-i'], line: 'list ruleset' } as const;

export async function readTables(
  runner: CommandRunner,
  namespace: string | undefined,
  reader: Reader = noReader,
): Promise<FilterTable[]> {
  const printed = await reader.read();
  if (printed !== undefined) return parseTables(printed);
  return parseTables(
    await runner.run({ argv: ['nft', '-j', '-t', 'list', 'ruleset'], effect: 'read', namespace }),
  );
}

/** @param printed by `nft -j -t list ruleset`; format: libnftables-json(5) */
export function parseTables(printed: string): FilterTable[] {
  const tables = new Map<
    string,
    { family: string; name: string; chains: FilterChain[]; rules: FilterRule[]; sets?: FilterSet[] }
  >();
  for (const entry of list(fields(parseJson('nft', printed))?.['nftables'])) {
    const table = fields(fields(entry)?.['table']);
    const [family, name] = [text(table?.['family']), text(table?.['name'])];
    if (family !== undefined && name !== undefined)
      tables.set(`${family} ${name}`, { family, name, chains: [], rules: [] });

    const set = fields(fields(entry)?.['set']);
    const holder = tables.get(`${text(set?.['family'])} ${text(set?.['table'])}`);
    if (set !== undefined && holder !== undefined) (holder.sets ??= []).push(setFrom(set));

    const part = fields(fields(entry)?.['chain']) ?? fields(fields(entry)?.['rule']);
    const home = tables.get(`${text(part?.['family'])} ${text(part?.['table'])}`);
    if (part === undefined || home === undefined) continue;
    const [chainName, ruleChain] = [text(part['name']), text(part['chain'])];
    if (ruleChain !== undefined) {
      const { handle, comment, expr } = part;
      home.rules.push({
        chain: ruleChain,
        handle: number(handle) ?? 0,
        comment: text(comment),
        expr: list(expr),
      });
    } else if (chainName !== undefined) {
      const { type, hook, prio, policy } = part;
      home.chains.push({
        name: chainName,
        type: text(type),
        hook: text(hook),
        prio: number(prio),
        policy: text(policy),
      });
    }
  }
  return [...tables.values()];
}

function setFrom({ name, type, size, timeout }: Readonly<Record<string, unknown>>): FilterSet {
  return {
    name: text(name) ?? '',
    type: [type].flat().join(' . '),
    size: number(size),
    timeout: number(timeout),
  };
}
