import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';

import type { Address } from '../../schema/manifest.ts';
import { roles } from '../../stateStore/accessState.ts';
import { createMemoryStore } from '../../stateStore/memory.ts';
import { openStateReader } from '../../stateStore/reader.ts';
import { openStateStore } from '../../stateStore/sqlite.ts';
import type { SourceNote } from '../../stateStore/loopState.ts';
import type { StateReader, StateStore } from '../../stateStore/stateStore.ts';

const folder = mkdtempSync('/tmp/nova-state-');
afterAll(() => rmSync(folder, { recursive: true }));

const owner = fc.record({ scope: fc.constantFrom('s1', 's2'), project: fc.constantFrom('p1', 'p2') });
const address: fc.Arbitrary<Address> = fc.constantFrom(
  'network.lan',
  'container.web',
  'volume.data',
  'container.Web',
);
const words = fc.constantFrom('a', 'b', "it's", '', 'ä€😀', 'new\nline', '0');
const count = fc.nat(4);

const maybe = fc.option(words, { nil: undefined });
const about = { subject: words, reason: words, message: words };
const type = fc.constantFrom('Ready' as const, 'Reconciling' as const, 'Stalled' as const);
const note: fc.Arbitrary<SourceNote> = fc.record(
  {
    row: fc.record({
      name: words,
      project: maybe,
      revision: maybe,
      observedRevision: maybe,
      goodRevision: maybe,
      goodGeneration: fc.option(fc.nat(), { nil: undefined }),
      suspended: fc.boolean(),
      quarantined: maybe,
      approved: maybe,
      held: maybe,
    }),
    conditions: fc.array(fc.record({ ...about, type, status: fc.boolean(), since: fc.nat() })),
    cleared: fc.array(fc.record({ subject: words, type })),
    events: fc.array(
      fc.record({
        ...about,
        severity: fc.constantFrom('normal' as const, 'warning' as const),
        revision: maybe,
      }),
    ),
  },
  { requiredKeys: [] },
);

const audited = { actor: words, action: words, subject: words, plan: maybe, detail: words };

type Call = (store: StateStore) => unknown;

/** Any call that changes something, with any of a few arguments, so that they meet. */
const change: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(owner, words).map(
    ([of, file]): Call =>
      (store) =>
        store.claim(of, file),
  ),
  owner.map(
    (of): Call =>
      (store) =>
        store.release(of),
  ),
  fc.tuple(owner, fc.array(fc.record({ address, identity: words, since: fc.nat() }), { maxLength: 3 })).map(
    ([of, rows]): Call =>
      (store) =>
        store.record(of, rows),
  ),
  fc.tuple(owner, fc.array(address)).map(
    ([of, addresses]): Call =>
      (store) =>
        store.forget(of, addresses),
  ),
  fc
    .tuple(
      owner,
      fc.array(fc.record({ run: words, address, step: words }), { maxLength: 3 }),
      fc.option(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }), { nil: undefined }),
    )
    .map(
      ([of, intents, done]): Call =>
        (store) =>
          store.begin(of, intents, done),
    ),
  fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
      fc.constantFrom('done', 'failed', 'settled'),
      words,
    )
    .map(
      ([ids, outcome, error]): Call =>
        (store) =>
          store.end(ids, outcome, error),
    ),
  fc.tuple(owner, count).map(
    ([of, kept]): Call =>
      (store) =>
        store.prune(of, kept),
  ),
  fc.tuple(owner, words, words).map(
    ([of, text, commit]): Call =>
      (store) =>
        store.addGeneration(of, text, commit),
  ),
  fc.tuple(words, words, words, words).map(
    ([scope, key, original, user]): Call =>
      (store) =>
        store.borrow(scope, key, original, user),
  ),
  fc.tuple(words, words).map(([what, found]): Call => (store) => {
    store.remember(what, found);
    return store.tried(found);
  }),
  fc.tuple(words, words, words).map(
    ([scope, key, user]): Call =>
      (store) =>
        store.giveBack(scope, key, user),
  ),
  fc.tuple(words, words, fc.constantFrom(...roles)).map(([name, hash, role]): Call => (store) => {
    store.putToken({ name, hash, role, since: 1 });
    return store.dropToken(hash);
  }),
  fc.record({ ...audited, outcome: fc.constantFrom('done' as const, 'refused' as const) }).map(
    (row): Call =>
      (store) =>
        store.addAudit(row),
  ),
  fc
    .tuple(words, fc.nat(9), fc.array(fc.record({ channel: words, key: words, body: words })))
    .map(([name, event, letters]): Call => (store) => {
      store.post(name, event, letters);
      return [store.outbox(), store.outboxCursor(name), store.outboxCursor('other')];
    }),
  fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.nat(9), fc.boolean())
    .map(([id, due, failed]): Call => (store) => {
      if (failed) store.notPosted(id, due);
      else store.posted(id);
      return store.outbox();
    }),
  fc.tuple(words, words, note).map(
    ([scope, source, what]): Call =>
      (store) =>
        store.note(scope, source, what),
  ),
);

const question: fc.Arbitrary<(reader: StateReader) => unknown> = fc.oneof(
  owner.map((of) => (reader: StateReader) => [
    reader.claimant(of),
    reader.projects(of.scope),
    reader.inventory(of),
  ]),
  fc.tuple(owner, count).map(([of, limit]) => (reader: StateReader) => [
    reader.pending(of),
    reader.journal(of, limit),
    reader.generations(of, limit),
  ]),
  words.map((scope) => (reader: StateReader) => reader.borrowed(scope)),
  fc.tuple(words, words, fc.nat(30), count).map(([scope, source, after, limit]) => (reader: StateReader) => [
    reader.sources(scope),
    reader.conditions(scope, source),
    reader.events(scope, { limit }),
    reader.events(scope, { after, limit }),
    reader.events(scope, { after, limit, first: true }),
    reader.tokens(),
    reader.audit({ after, limit }),
  ]),
);

describe('openStateStore', () => {
  it('answers any sequence of calls as the store in memory does, and so does a reader beside it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(change, question), { maxLength: 25 }), (calls) => {
        const directory = mkdtempSync(`${folder}/a-`);
        const [expectedTime, time] = [ticking(), ticking()];
        const expected = createMemoryStore({ clock: expectedTime });
        const store = openStateStore({ directory, clock: time });
        // Opening reads the time once.
        expectedTime.now();
        const reader = openStateReader({ directory });
        for (const [act, ask] of calls) {
          expect(act(store)).toEqual(act(expected));
          expect(ask(store)).toEqual(ask(expected));
          expect(ask(reader)).toEqual(ask(expected));
        }
        store.close();
        for (const [, ask] of calls) expect(ask(reader)).toEqual(ask(expected));
        reader.close();
      }),
      { numRuns: 60 },
    );
  });
});

/** A clock that never tells the same time twice: who asks it too often is found out. */
function ticking(): { now(): number } {
  let time = 0;
  return { now: () => (time += 1) };
}
