import { createAccessMemory } from './accessMemory.ts';
import { createLoopMemory } from './loopMemory.ts';
import type {
  Borrowed,
  Generation,
  InventoryRow,
  JournalRow,
  Outcome,
  Owner,
  StateStore,
} from './stateStore.ts';

/** The state store as plain data: what the kept one must behave like, and what an absent one reads as. */
export function createMemoryStore(options: { clock?: { now(): number } } = {}): StateStore {
  const { clock = Date } = options;
  const claims = new Map<string, Owner & { readonly file: string }>();
  const inventories = new Map<string, Map<string, InventoryRow>>();
  const journal = new Map<number, JournalRow & { readonly owner: string }>();
  const generations = new Map<string, Generation[]>();
  const borrowed = new Map<string, Map<string, Borrowed>>();
  const trials = new Map<string, string>();

  const generationsOf = (owner: Owner): Generation[] => entry(generations, keyOf(owner), () => []);
  const inventoryOf = (owner: Owner): Map<string, InventoryRow> =>
    entry(inventories, keyOf(owner), () => new Map<string, InventoryRow>());
  const borrowedIn = (scope: string): Map<string, Borrowed> =>
    entry(borrowed, scope, () => new Map<string, Borrowed>());
  let lastId = 0;
  const journalOf = (owner: Owner): JournalRow[] =>
    [...journal.values()].filter((row) => row.owner === keyOf(owner)).map(({ owner: _, ...row }) => row);

  const endAll = (ids: readonly number[], outcome: Outcome, error?: string): void => {
    const ended = clock.now();
    for (const id of ids) {
      const row = journal.get(id);
      if (row !== undefined && row.outcome === undefined) journal.set(id, { ...row, ended, outcome, error });
    }
  };

  return {
    ...createLoopMemory(clock),
    ...createAccessMemory(clock),

    claim(owner, file, instead) {
      if (instead !== undefined && claims.get(keyOf(owner))?.file === instead) claims.delete(keyOf(owner));
      const claimant = entry(claims, keyOf(owner), () => ({ ...owner, file })).file;
      return claimant === file ? undefined : claimant;
    },
    claimant: (owner) => claims.get(keyOf(owner))?.file,
    release(owner) {
      claims.delete(keyOf(owner));
      inventories.delete(keyOf(owner));
    },
    projects: (scope) =>
      [...claims.values()]
        .filter((claim) => claim.scope === scope)
        .map((claim) => claim.project)
        .toSorted(),

    record(owner, rows) {
      const inventory = inventoryOf(owner);
      for (const { address, identity, since } of rows) {
        if (inventory.get(address)?.identity !== identity)
          inventory.set(address, { address, identity, since });
      }
    },
    forget(owner, addresses) {
      for (const address of addresses) inventoryOf(owner).delete(address);
    },
    inventory: (owner) => [...inventoryOf(owner).values()].toSorted(by((row) => row.address)),

    begin(owner, intents, done = []) {
      endAll(done, 'done');
      const begun = clock.now();
      const unsettled = { begun, ended: undefined, outcome: undefined, error: undefined };
      return intents.map(({ run, address, step }) => {
        const id = (lastId += 1);
        journal.set(id, { id, run, address, step, ...unsettled, owner: keyOf(owner) });
        return id;
      });
    },
    end: endAll,
    prune(owner, kept) {
      for (const { id, outcome } of journalOf(owner).toReversed().slice(kept))
        if (outcome !== undefined) journal.delete(id);
    },
    pending: (owner) => journalOf(owner).filter((row) => row.outcome === undefined),
    journal: (owner, limit) => journalOf(owner).toReversed().slice(0, limit),

    addGeneration(owner, manifest, commit) {
      const known = generationsOf(owner);
      const newest = known.at(-1);
      if (newest?.manifest === manifest) return newest.number;
      const number = (newest?.number ?? 0) + 1;
      known.push({ number, manifest, commit, appliedAt: clock.now() });
      return number;
    },
    generations: (owner, limit) => generationsOf(owner).toReversed().slice(0, limit),

    together: (work) => work(),

    borrow(scope, key, original, user) {
      const known = entry(borrowedIn(scope), key, () => ({ key, original, users: [] }));
      const users = [...new Set([...known.users, user])].toSorted();
      borrowedIn(scope).set(key, { ...known, users });
      return known.original;
    },
    giveBack(scope, key, user) {
      const known = borrowedIn(scope).get(key);
      if (known === undefined) return undefined;
      const users = known.users.filter((other) => other !== user);
      if (users.length === 0) borrowedIn(scope).delete(key);
      else borrowedIn(scope).set(key, { ...known, users });
      return users.length === 0 ? known.original : undefined;
    },
    remember(what, found) {
      trials.set(what, found);
    },
    tried: (what) => trials.get(what),
    borrowed: (scope) => [...borrowedIn(scope).values()].toSorted(by((one) => one.key)),

    close: () => undefined,
  };
}

function keyOf({ scope, project }: Owner): string {
  return JSON.stringify([scope, project]);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** As SQLite orders text: by code, not by any language's alphabet. */
function by<T>(word: (one: T) => string): (a: T, b: T) => number {
  return (a, b) => (word(a) < word(b) ? -1 : word(a) > word(b) ? 1 : 0);
}
