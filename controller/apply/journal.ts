import type { Address } from '../../schema/manifest.ts';
import { redact } from '../secrets/redact.ts';
import type { Intent, Owner, StateStore } from '../../stateStore/stateStore.ts';

/** Intents before steps, outcomes after them; rows that are ready together are committed together. */
export interface Journal {
  /** Resolves when the intent is durable. */
  begin(address: Address, step: string): Promise<number>;
  end(id: number, outcome: 'done' | 'failed', error?: string): Promise<void>;
}

type Outcome = 'done' | 'failed';

export function createJournal(store: StateStore, owner: Owner, run: string): Journal {
  const begin = batched<Intent, number>((intents) => store.begin(owner, intents));
  const end = batched<{ id: number; outcome: Outcome; error: string | undefined }, void>((ends) => {
    const done = ends.filter(({ outcome }) => outcome === 'done').map(({ id }) => id);
    if (done.length > 0) store.end(done, 'done');
    for (const { id, outcome, error } of ends)
      if (outcome === 'failed') store.end([id], outcome, error && redact(error));
    return ends.map(() => undefined);
  });
  return {
    begin: (address, step) => begin({ run, address, step }),
    end: (id, outcome, error) => end({ id, outcome, error }),
  };
}

/** Gathers what is asked for in one turn of the event loop into one call. */
function batched<In, Out>(handle: (items: readonly In[]) => readonly Out[]): (item: In) => Promise<Out> {
  let batch: { item: In; resolve: (value: Out) => void; reject: (error: unknown) => void }[] = [];
  const flush = (): void => {
    const taken = batch;
    batch = [];
    try {
      const results = handle(taken.map(({ item }) => item));
      taken.forEach(({ resolve }, index) => resolve(results[index] as Out));
    } catch (error) {
      for (const { reject } of taken) reject(error);
    }
  };
  return (item) =>
    new Promise((resolve, reject) => {
      if (batch.length === 0) setImmediate(flush);
      batch.push({ item, resolve, reject });
    });
}
