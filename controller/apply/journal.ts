import type { Address } from '../../schema/manifest.ts';
import { redact } from '../secrets/redact.ts';
import type { Owner, StateStore } from '../../stateStore/stateStore.ts';

/** Intents before steps, outcomes after them; rows that are ready together are committed together. */
export interface Journal {
  /** Resolves when the intent is durable. */
  begin(address: Address, step: string): Promise<number>;
  /** Resolves when the outcome is durable. The next step need not wait for it: its intent is written along. */
  end(id: number, outcome: 'done' | 'failed', error?: string): Promise<void>;
}

/** What waits to be written, and whoever waits for it. */
interface Entry<What, Told> {
  readonly what: What;
  readonly told: PromiseWithResolvers<Told>;
}

/** Gathers what is asked for in one turn of the event loop. */
export function createJournal(store: StateStore, owner: Owner, run: string): Journal {
  let intents: Entry<{ readonly address: Address; readonly step: string }, number>[] = [];
  let done: Entry<number, void>[] = [];
  let failed: Entry<{ readonly id: number; readonly error: string | undefined }, void>[] = [];

  const flush = (): void => {
    const [begun, ended, broken] = [intents, done, failed];
    [intents, done, failed] = [[], [], []];
    together([...begun, ...ended], () => {
      const ids = ended.map(({ what }) => what);
      if (begun.length === 0) return store.end(ids, 'done');
      const rows = begun.map(({ what }) => ({ run, ...what }));
      const numbers = store.begin(owner, rows, ids);
      begun.forEach(({ told }, index) => told.resolve(numbers[index] ?? 0));
    });
    for (const { told } of ended) told.resolve();
    for (const entry of broken) {
      together([entry], () =>
        store.end([entry.what.id], 'failed', entry.what.error && redact(entry.what.error)),
      );
      entry.told.resolve();
    }
  };
  const add = <What, Told>(list: Entry<What, Told>[], what: What): Promise<Told> => {
    if (intents.length + done.length + failed.length === 0) setImmediate(flush);
    const told = Promise.withResolvers<Told>();
    list.push({ what, told });
    return told.promise;
  };
  return {
    begin: (address, step) => add(intents, { address, step }),
    end: (id, outcome, error) => (outcome === 'done' ? add(done, id) : add(failed, { id, error })),
  };
}

interface Waiting {
  readonly told: { reject(error: unknown): void };
}

/** One commit; when it fails, all who wait for it learn why. */
function together(entries: readonly Waiting[], commit: () => void): void {
  if (entries.length === 0) return;
  try {
    commit();
  } catch (error) {
    for (const { told } of entries) told.reject(error);
  }
}
