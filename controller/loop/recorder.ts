import type { Condition, NewEvent, SourceRow } from '../../stateStore/loopState.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import { redact } from '../secrets/redact.ts';
import type { Log } from './log.ts';

/** What a condition is to be; since when it is so, the recorder knows. */
export type WantedCondition = Omit<Condition, 'since'>;

/** Keeps what a loop says of itself in the store, and writes only what changed: at rest there is nothing to write. */
export interface Recorder {
  readonly row: SourceRow;
  readonly conditions: readonly Condition[];
  /** Hash of the plan that is worked on. */
  readonly plan: string | undefined;
  /** Hash of the plan that is worked on, for the log. */
  planned(hash: string): void;
  /** Changes the row with the next {@link Recorder.publish}. */
  set(change: Partial<Omit<SourceRow, 'name'>>): void;
  /** Told with the next {@link Recorder.publish}; the same as the last one of its subject is not told again. */
  event(event: Omit<NewEvent, 'revision'>): void;
  /** All conditions that hold now. One transaction, or none. */
  publish(wanted: readonly WantedCondition[]): void;
  /** Row and events alone. */
  flush(): void;
}

export function createRecorder(options: {
  readonly store: StateStore;
  readonly scope: string;
  readonly source: string;
  readonly log: Log;
  readonly now: () => number;
}): Recorder {
  const { store, scope, source, log, now } = options;
  let row = store.sources(scope).find(({ name }) => name === source) ?? freshRow(source);
  let written: SourceRow | undefined = store.sources(scope).find(({ name }) => name === source);
  let known = new Map(store.conditions(scope, source).map((each) => [keyOf(each), each]));
  const lastEvents = new Map<string, string>();
  let events: NewEvent[] = [];
  let plan: string | undefined;

  const publish = (wanted: readonly WantedCondition[] | undefined): void => {
    const next =
      wanted === undefined ? known : new Map(wanted.map((each) => [keyOf(each), kept(each, known, now())]));
    const conditions = [...next].flatMap(([key, each]) => (same(known.get(key), each) ? [] : [each]));
    const cleared = [...known].flatMap(([key, each]) => (next.has(key) ? [] : [each]));
    const moved = !same(written, row);
    if (conditions.length + cleared.length + events.length === 0 && !moved) return;
    store.note(scope, source, { ...(moved ? { row } : {}), conditions, cleared, events });
    known = next;
    written = row;
    events = [];
  };

  return {
    get row() {
      return row;
    },
    get plan() {
      return plan;
    },
    get conditions() {
      return [...known.values()];
    },
    planned(hash) {
      plan = hash;
    },
    set(change) {
      row = { ...row, ...change };
    },
    event(told) {
      const event = { ...told, message: redact(told.message) };
      const words = JSON.stringify([event.reason, event.message, row.revision]);
      if (lastEvents.get(event.subject) === words) return;
      lastEvents.set(event.subject, words);
      events.push({ ...event, revision: row.revision });
      const { subject, severity, reason, message } = event;
      const ids = { revision: row.revision, plan };
      const fields = { source, reason, ...ids, ...(subject === '' ? {} : { subject }) };
      log[severity === 'normal' ? 'info' : 'warn'](fields, message);
    },
    publish,
    flush: () => publish(undefined),
  };
}

function freshRow(name: string): SourceRow {
  return {
    name,
    project: undefined,
    revision: undefined,
    observedRevision: undefined,
    goodRevision: undefined,
    goodGeneration: undefined,
    suspended: false,
    quarantined: undefined,
    approved: undefined,
    held: undefined,
  };
}

/** A condition whose status stays is as old as it was. What tools and capsules say may hold what they were given. */
function kept(wanted: WantedCondition, known: ReadonlyMap<string, Condition>, now: number): Condition {
  const before = known.get(keyOf(wanted));
  return {
    ...wanted,
    message: redact(wanted.message),
    since: before?.status === wanted.status ? before.since : now,
  };
}

function keyOf({ subject, type }: Pick<Condition, 'subject' | 'type'>): string {
  return `${subject}\0${type}`;
}

function same(a: object | undefined, b: object): boolean {
  return a !== undefined && Object.entries(b).every(([key, value]) => a[key as keyof typeof a] === value);
}
