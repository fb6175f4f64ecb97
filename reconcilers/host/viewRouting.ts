import { commandError } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import type { Refusal, Routing, RoutingRule } from './routing.ts';
import { fields, list, number, parseJson, text } from './toolOutput.ts';
import { parseRoutes } from './viewCarried.ts';

const families = [4, 6] as const;

/** Rules of policy routing and routes of a namespace, of both families and all tables. */
export async function readRouting(runner: CommandRunner, namespace: string | undefined): Promise<Routing> {
  const ask = async (argv: readonly string[]): Promise<string> => {
    const ended = await runner.finish({ argv, effect: 'read', namespace });
    // A kernel without IPv6 has no rules of it.
    if (/not supported/i.test(ended.stderr)) return '';
    if (ended.code !== 0) throw commandError(argv, ended);
    return ended.stdout;
  };
  const parts = await Promise.all(
    families.map(async (family) => {
      const [rules, routes] = await Promise.all([
        ask(['ip', '-j', `-${family}`, 'rule', 'show']),
        ask(['ip', '-j', `-${family}`, 'route', 'show', 'table', 'all']),
      ]);
      return {
        rules: parseRules(rules, family),
        routes: parseRoutes(routes, family),
        refusals: parseRefusals(routes, family),
      };
    }),
  );
  return {
    rules: parts.flatMap(({ rules }) => rules),
    routes: parts.flatMap(({ routes }) => routes),
    refusals: parts.flatMap(({ refusals }) => refusals),
  };
}

/** @param printed by `ip -j rule` of one family */
export function parseRules(printed: string, family: 4 | 6): readonly RoutingRule[] {
  return entries(printed).flatMap((rule) => {
    const [priority, table] = [number(rule['priority']), text(rule['table'])];
    if (priority === undefined || table === undefined) return [];
    const [source, length] = [text(rule['src']), number(rule['srclen'])];
    const [suppress, protocol] = [number(rule['suppress_prefixlen']), text(rule['protocol'])];
    return [
      {
        family,
        priority,
        ...(source === undefined || length === undefined ? {} : { from: `${source}/${length}` }),
        table,
        ...(suppress === undefined ? {} : { suppress }),
        ...(protocol === undefined ? {} : { protocol }),
      },
    ];
  });
}

/** @param printed by `ip -j route show table all` of one family */
export function parseRefusals(printed: string, family: 4 | 6): readonly Refusal[] {
  return entries(printed).flatMap((route) => {
    const to = text(route['dst']);
    if (to === undefined || route['type'] !== 'unreachable') return [];
    const metric = number(route['metric']);
    return [
      {
        family,
        to: to === 'default' && family === 6 ? '::/0' : to,
        table: text(route['table']) ?? 'main',
        protocol: text(route['protocol']) ?? 'boot',
        ...(metric === undefined ? {} : { metric }),
      },
    ];
  });
}

function entries(printed: string): readonly Readonly<Record<string, unknown>>[] {
  const found = list(parseJson('ip', printed.trim() === '' ? '[]' : printed));
  return found.map((entry) => fields(entry) ?? {});
}
