import { systemLoopClock } from '../../../../controller/loop/clock.ts';
import { createAnnouncer } from '../../../../controller/notify/announcer.ts';
import { forgeTable } from '../../../../controller/notify/settings.ts';
import { openStateStore } from '../../../../stateStore/sqlite.ts';

/** Tells a forge of commits, one after the other, until all have arrived; killed and begun again as often as one likes. */
const [directory = '', api = '', tokenFile = '', count = '0'] = process.argv.slice(2);
const store = openStateStore({ directory });
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const forge = forgeTable.parse({ kind: 'github', api, repository: 'me/lab', token_file: tokenFile });
const announcer = createAnnouncer({
  scope: 'one',
  store,
  audiences: new Map([['lab', { forge, notify: [] }]]),
  clock: systemLoopClock,
  log: silent,
});
announcer.told();
for (;;) {
  const begun = store.events('one', { limit: 1000 }).length;
  if (begun >= Number(count)) break;
  const revision = `main@${String(begun).padStart(40, '0')}`;
  const event = {
    subject: '',
    severity: 'normal',
    reason: 'Applied',
    message: `step ${begun}`,
    revision,
  } as const;
  store.note('one', 'lab', { events: [event] });
  announcer.told();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
while (store.outbox().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
await announcer.close();
store.close();
