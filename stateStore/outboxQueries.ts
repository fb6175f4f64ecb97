import type { Database } from './database.ts';
import type { OutboxRow, OutboxStore } from './outboxState.ts';
import { integer, text, type Row } from './row.ts';

/** Letters that have arrived and whose keys are remembered. */
const kept = 10_000;

export function outboxOn(database: Database): OutboxStore {
  return {
    outbox: () => database.all('select * from outbox where arrived = 0 order by id').map(outboxRow),
    outboxCursor(name) {
      const row = database.first('select event from outbox_cursor where name = ?', name);
      return row === undefined ? undefined : integer(row, 'event');
    },
    post: (name, event, letters) =>
      database.write(() => {
        const put = `insert into outbox (channel, key, body) select ?1, ?2, ?3
          where not exists (select 1 from outbox where channel = ?1 and key = ?2)`;
        for (const { channel, key, body } of letters) database.run(put, channel, key, body);
        database.run('insert or replace into outbox_cursor values (?, ?)', name, event);
        if (letters.length > 0)
          database.run(
            'delete from outbox where arrived = 1 and id <= (select max(id) from outbox) - ?',
            kept,
          );
      }),
    posted: (id) => database.write(() => database.run('update outbox set arrived = 1 where id = ?', id)),
    notPosted: (id, due) =>
      database.write(() =>
        database.run('update outbox set failures = failures + 1, due = ? where id = ?', due, id),
      ),
  };
}

function outboxRow(row: Row): OutboxRow {
  return {
    id: integer(row, 'id'),
    channel: text(row, 'channel'),
    key: text(row, 'key'),
    body: text(row, 'body'),
    failures: integer(row, 'failures'),
    due: integer(row, 'due'),
  };
}
