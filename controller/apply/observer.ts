import type { Address, Kind, Resource } from '../../schema/manifest.ts';
import type { Host } from '../../reconcilers/host/host.ts';
import type { Observation, Observations } from '../../reconcilers/reconciler.ts';
import { admitted } from '../plan/admitted.ts';
import { registry } from '../../reconcilers/registry.ts';
import { createPace } from './pace.ts';

/**
 * Reads resources anew. Whoever asks while a kind is read shares its next read, and what waits for its turn is looked at
 * along with it, so that the number of reads does not grow with the number of resources.
 */
export interface Observer {
  /** @param resource undefined: it is not declared any more */
  look(what: Subject, resource: Resource | undefined): Promise<Found>;
  /** From now on it waits for its turn. @param resource undefined: it is not declared any more */
  wait(what: Subject, resource: Resource | undefined): Waiting;
  /** Something is changed meanwhile, the end of which is worth waiting for before a kind is read again. */
  during<T>(change: () => Promise<T>): Promise<T>;
}

interface Subject {
  readonly kind: Kind;
  readonly address: Address;
}

/** What waits for its turn. */
export interface Waiting {
  /** Its turn has come. Resolves with what was seen of it lately, and not before it began to wait, or with what is seen now. */
  takeTurn(): Promise<Found>;
}

/** What was found of something that is declared, or is not. */
export type Found = { readonly wanted: Observation<unknown> } | { readonly stray: unknown };

/** ms that what was seen counts as what is there, for who has waited for its turn */
const lately = 1_000;

/** Of those that wait, how many are looked at along with others. */
const along = 256;

export function createObserver(host: Host): Observer {
  const readings = new Map<Kind, Reading>();
  const pace = createPace(host.clock);
  const readingOf = (kind: Kind): Reading => {
    const existing = readings.get(kind);
    if (existing !== undefined) return existing;
    const made: Reading = {
      begun: 0,
      running: undefined,
      next: undefined,
      last: undefined,
      waiting: new Set(),
    };
    readings.set(kind, made);
    return made;
  };
  const ask = (kind: Kind, resource?: Resource): Promise<Observations<unknown>> => {
    const reading = readingOf(kind);
    reading.next ??= { resources: new Set(), result: next(kind, reading) };
    if (resource !== undefined) reading.next.resources.add(resource);
    return reading.next.result;
  };
  /** Begins when the one before has ended, however it ended, and not before the present turn has asked for all it wants. */
  const next = async (kind: Kind, reading: Reading): Promise<Observations<unknown>> => {
    await reading.running?.catch(() => undefined);
    await pace.next(kind);
    const others = [...reading.waiting].slice(0, along);
    const resources = [...new Set([...(reading.next?.resources ?? []), ...others])];
    reading.next = undefined;
    const number = (reading.begun += 1);
    const at = host.clock.now();
    reading.running = registry[kind].observe(host.view(), resources);
    const found = await reading.running;
    pace.took(kind, at);
    reading.last = { number, at, found };
    return found;
  };
  const look = async ({ kind, address }: Subject, resource: Resource | undefined): Promise<Found> => {
    const found = await ask(kind, resource);
    return resource === undefined
      ? { stray: found.strays.get(address) }
      : { wanted: admitted(found.wanted.get(address) ?? { status: 'absent' }, resource) };
  };
  return {
    look,
    during: pace.during,
    wait(subject, resource) {
      const reading = readingOf(subject.kind);
      const since = reading.begun;
      if (resource !== undefined) reading.waiting.add(resource);
      const isRecent = ({ number, at }: Last): boolean => number > since && host.clock.now() - at <= lately;
      return {
        async takeTurn() {
          if (resource !== undefined) reading.waiting.delete(resource);
          const { last } = reading;
          if (last === undefined || !isRecent(last)) return look(subject, resource);
          if (resource === undefined) return { stray: last.found.strays.get(subject.address) };
          const wanted = last.found.wanted.get(subject.address);
          return wanted === undefined ? look(subject, resource) : { wanted: admitted(wanted, resource) };
        },
      };
    },
  };
}

/** How a kind is read. */
interface Reading {
  /** Reads that were begun. */
  begun: number;
  running: Promise<Observations<unknown>> | undefined;
  next: { readonly resources: Set<Resource>; readonly result: Promise<Observations<unknown>> } | undefined;
  last: Last | undefined;
  /** In the order in which their turn comes. */
  readonly waiting: Set<Resource>;
}

interface Last {
  readonly number: number;
  /** ms since the epoch, when it began */
  readonly at: number;
  readonly found: Observations<unknown>;
}
