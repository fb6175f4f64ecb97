import type { Address } from '../../../schema/manifest.ts';
import type { FilterCommand } from '../../host/host.ts';
import type { FilterTable } from '../../host/view.ts';
import type { Family } from './chains.ts';

/** How the comment begins of a rule that Nova has given up. */
export const released = 'forgotten ';

/** Rules in the project's table that name no owner, for a person to read. */
export function intruders(
  tables: readonly FilterTable[],
  table: string,
  isOwner: (comment: string) => boolean = namesAnAddress,
): readonly string[] {
  return findTables(tables, table).flatMap(({ family, rules }) =>
    rules
      .filter(({ comment = '' }) => !isOwner(comment) && !comment.startsWith(released))
      .map(
        (rule) =>
          `rule ${rule.handle} in chain ${rule.chain} of table ${family === 'inet' ? '' : `${family} `}${table}`,
      ),
  );
}

/** Addresses that own rules in the project's table, sorted. */
export function owners(tables: readonly FilterTable[], table: string): readonly Address[] {
  const comments = findTables(tables, table).flatMap(({ rules }) => rules.map((rule) => rule.comment ?? ''));
  return [...new Set(comments.filter(namesAnAddress))].toSorted();
}

/** The table is there, and no rule in it has or had an owner. Rules of strangers go with the table: it is Nova's. */
export function isEmpty(tables: readonly FilterTable[], table: string): boolean {
  const found = findTables(tables, table);
  if (found.length === 0 || owners(tables, table).length > 0) return false;
  return !found.some(({ rules }) => rules.some(({ comment = '' }) => comment.startsWith(released)));
}

/**
 * Takes the table away with all that is in it. Adding it first makes this work when there is none.
 * @param tables those that are there: the one of bridges is not known to every kernel
 */
export function removeTable(table: string, tables: readonly FilterTable[] = []): readonly FilterCommand[] {
  const families = new Set(['inet', ...findTables(tables, table).map(({ family }) => family)]);
  return [...families].flatMap((family) => [
    { add: { table: { family, name: table } } },
    { delete: { table: { family, name: table } } },
  ]);
}

type Ours = FilterTable & { readonly family: Family };

export function findTables(tables: readonly FilterTable[], table: string): readonly Ours[] {
  return tables.filter(
    (each): each is Ours => (each.family === 'inet' || each.family === 'bridge') && each.name === table,
  );
}

function namesAnAddress(comment: string): comment is Address {
  return /^(network|volume|container)\.[^\s]+$/.test(comment);
}
