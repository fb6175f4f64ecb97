import type { AccessStore, AuditRow, TokenRow } from './accessState.ts';
import type { OutboxRow, OutboxStore } from './outboxState.ts';

/** Tokens, audit log and outbox of the state store as plain data. */
export function createAccessMemory(clock: { now(): number }): AccessStore & OutboxStore {
  const tokens = new Map<string, TokenRow>();
  const audit: AuditRow[] = [];
  const outbox: (OutboxRow & { readonly arrived: boolean })[] = [];
  const cursors = new Map<string, number>();
  const change = (id: number, how: (row: OutboxRow) => Partial<(typeof outbox)[number]>): void => {
    const index = outbox.findIndex((row) => row.id === id);
    const row = outbox[index];
    if (row !== undefined) outbox[index] = { ...row, ...how(row) };
  };
  return {
    tokens: () => [...tokens.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    putToken: (row) => void tokens.set(row.name, row),
    dropToken: (name) => tokens.delete(name),
    audit: ({ after = 0, limit }) => audit.filter(({ id }) => id > after).slice(0, limit),
    addAudit: (row) => void audit.push({ ...row, id: audit.length + 1, at: clock.now() }),

    outbox: () => outbox.flatMap(({ arrived, ...row }) => (arrived ? [] : [row])),
    outboxCursor: (name) => cursors.get(name),
    post(name, event, letters) {
      for (const letter of letters) {
        if (outbox.some(({ channel, key }) => channel === letter.channel && key === letter.key)) continue;
        const fresh = { failures: 0, due: 0, arrived: false };
        outbox.push({ ...letter, ...fresh, id: outbox.length + 1 });
      }
      cursors.set(name, event);
    },
    posted: (id) => change(id, () => ({ arrived: true })),
    notPosted: (id, due) => change(id, ({ failures }) => ({ failures: failures + 1, due })),
  };
}
