import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { StateStore } from '../../stateStore/stateStore.ts';

/** What every state store remembers of who may come in, who changed what, and what others are to be told. */
export function accessStoreContract(name: string, open: (clock: { now(): number }) => StateStore): void {
  describe(`${name} remembers of others`, () => {
    let time = 0;
    let store: StateStore;
    beforeEach(() => {
      time = 1000;
      store = open({ now: () => time });
    });
    afterEach(() => store.close());

    it('tokens, each by its name, until they are dropped', () => {
      store.putToken({ name: 'ci', hash: 'a', role: 'plan', since: 1 });
      store.putToken({ name: 'Me', hash: 'b', role: 'admin', since: 2 });
      store.putToken({ name: 'ci', hash: 'c', role: 'view', since: 3 });
      expect(store.tokens()).toEqual([
        { name: 'Me', hash: 'b', role: 'admin', since: 2 },
        { name: 'ci', hash: 'c', role: 'view', since: 3 },
      ]);
      expect([store.dropToken('Me'), store.dropToken('Me')]).toEqual([true, false]);
      expect(store.tokens().map((token) => token.name)).toEqual(['ci']);
    });

    it('who changed what, in order and with the time', () => {
      const row = { actor: 'token ci', subject: 'lab', plan: 'abc', outcome: 'done', detail: '' } as const;
      store.addAudit({ ...row, action: 'apply' });
      time = 2000;
      store.addAudit({ ...row, action: 'approve', plan: undefined, outcome: 'refused' });
      const [first, second] = store.audit({ limit: 5 });
      expect(first).toEqual({ ...row, action: 'apply', id: first?.id, at: 1000 });
      expect(second).toMatchObject({ action: 'approve', plan: undefined, outcome: 'refused', at: 2000 });
      expect(store.audit({ after: first?.id ?? 0, limit: 5 })).toEqual([second]);
      expect(store.audit({ limit: 1 })).toEqual([first]);
    });

    it('letters until they have arrived, each key of a channel once, with how far they were written', () => {
      const letter = { channel: 'forge', key: 'one', body: '{}' };
      store.post('lab', 4, [letter, { ...letter, key: 'two' }]);
      store.post('lab', 5, [letter, { ...letter, channel: 'chat' }]);
      expect([store.outboxCursor('lab'), store.outboxCursor('edge')]).toEqual([5, undefined]);
      const [one, two, three] = store.outbox();
      expect(three).toMatchObject({ channel: 'chat', key: 'one', failures: 0, due: 0 });
      store.notPosted(one?.id ?? 0, 7000);
      store.posted(two?.id ?? 0);
      expect(store.outbox()).toEqual([{ ...one, failures: 1, due: 7000 }, three]);
      store.post('lab', 6, [{ ...letter, key: 'two' }]);
      expect(store.outbox().map(({ key }) => key)).toEqual(['one', 'one']);
    });
  });
}
