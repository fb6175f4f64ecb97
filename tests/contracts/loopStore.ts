import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Condition, SourceRow } from '../../stateStore/loopState.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';

const scope = '3f2a9c1b';

const row: SourceRow = {
  name: 'lab',
  project: 'demo',
  revision: 'c0ffee',
  observedRevision: undefined,
  goodRevision: undefined,
  goodGeneration: undefined,
  suspended: false,
  quarantined: undefined,
  approved: undefined,
  held: undefined,
};

const ready: Condition = {
  subject: '',
  type: 'Ready',
  status: true,
  reason: 'Converged',
  message: 'as declared',
  since: 5,
};

const happened = { subject: '', severity: 'normal', message: 'it is', revision: 'c0ffee' } as const;

/** What every state store remembers for a controller. `open` gives an empty one that reads the time from the clock. */
export function loopStoreContract(name: string, open: (clock: { now(): number }) => StateStore): void {
  describe(`${name} remembers for a controller`, () => {
    let time = 0;
    let store: StateStore;
    beforeEach(() => {
      time = 1000;
      store = open({ now: () => time });
    });
    afterEach(() => store.close());

    it('each source of a scope, as it was noted last, sorted by name', () => {
      store.note(scope, 'lab', { row });
      store.note(scope, 'lab', { row: { ...row, observedRevision: 'c0ffee', suspended: true } });
      store.note(scope, 'Edge', { row: { ...row, name: 'Edge', goodGeneration: 3 } });
      store.note('00000000', 'lab', { row });
      expect(store.sources(scope)).toEqual([
        { ...row, name: 'Edge', goodGeneration: 3 },
        { ...row, observedRevision: 'c0ffee', suspended: true },
      ]);
    });

    it('one condition of a type for a subject, until it is cleared', () => {
      const failed = { ...ready, subject: 'container.web', status: false, reason: 'capsule.exited' };
      store.note(scope, 'lab', { conditions: [ready, failed, { ...ready, type: 'Stalled' }] });
      store.note(scope, 'lab', {
        conditions: [{ ...failed, status: true, since: 9 }],
        cleared: [{ subject: '', type: 'Stalled' }],
      });
      expect(store.conditions(scope, 'lab')).toEqual([ready, { ...failed, status: true, since: 9 }]);
      expect(store.conditions(scope, 'other')).toEqual([]);
    });

    it('events in the order in which they happened, the newest of them, or those after one', () => {
      store.note(scope, 'lab', { events: [{ ...happened, reason: 'Fetched' }] });
      time = 2000;
      const more = ['Applied', 'Drifted'].map((reason) => ({ ...happened, reason, revision: undefined }));
      store.note(scope, 'lab', { events: more });
      store.note('00000000', 'lab', { events: [{ ...happened, reason: 'Elsewhere' }] });
      const all = store.events(scope, { limit: 10 });
      expect(all).toMatchObject([
        { reason: 'Fetched', at: 1000, source: 'lab', revision: 'c0ffee' },
        { reason: 'Applied', at: 2000, revision: undefined },
        { reason: 'Drifted', at: 2000 },
      ]);
      expect(store.events(scope, { limit: 2 })).toEqual(all.slice(1));
      expect(store.events(scope, { after: all[1]?.id ?? 0, limit: 10 })).toEqual(all.slice(2));
    });
  });
}
