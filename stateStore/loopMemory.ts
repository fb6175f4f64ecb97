import type { Condition, LoopEvent, LoopStore, SourceRow } from './loopState.ts';

/** The loop's part of the state store as plain data. */
export function createLoopMemory(clock: { now(): number }): LoopStore {
  const sources = new Map<string, Map<string, SourceRow>>();
  const conditions = new Map<string, Map<string, Condition>>();
  const events: (LoopEvent & { readonly scope: string })[] = [];
  let newest = 0;
  return {
    sources: (scope) => sorted([...(sources.get(scope)?.values() ?? [])], ({ name }) => name),
    conditions: (scope, source) =>
      sorted([...(conditions.get(keyOf(scope, source))?.values() ?? [])], conditionKey),
    events(scope, { after = 0, limit, first = false }) {
      const all = events
        .filter((event) => event.scope === scope && event.id > after)
        .map(({ scope: _, ...event }) => event);
      return first ? all.slice(0, limit) : all.toReversed().slice(0, limit).toReversed();
    },

    note(scope, source, note) {
      if (note.row !== undefined) {
        const rows = sources.get(scope) ?? new Map<string, SourceRow>();
        sources.set(scope, rows.set(source, { ...note.row, name: source }));
      }
      const known = conditions.get(keyOf(scope, source)) ?? new Map<string, Condition>();
      conditions.set(keyOf(scope, source), known);
      for (const each of note.cleared ?? []) known.delete(conditionKey(each));
      for (const each of note.conditions ?? []) known.set(conditionKey(each), each);
      for (const each of note.events ?? []) {
        newest += 1;
        events.push({ ...each, id: newest, at: clock.now(), source, scope });
      }
    },
  };
}

function keyOf(scope: string, source: string): string {
  return JSON.stringify([scope, source]);
}

function conditionKey({ subject, type }: Pick<Condition, 'subject' | 'type'>): string {
  return `${subject}\0${type}`;
}

/** As SQLite orders text: by code, not by any language's alphabet. */
function sorted<T>(items: readonly T[], word: (item: T) => string): readonly T[] {
  return items.toSorted((a, b) => (word(a) < word(b) ? -1 : word(a) > word(b) ? 1 : 0));
}
