import { main } from '../../../controller/cli/main.ts';
import { openStateStore } from '../../../stateStore/sqlite.ts';
import type { StateStore } from '../../../stateStore/stateStore.ts';

/**
 * The program, stopped with SIGKILL at the n-th row of its journal (NOVA_TEST_KILL_AT; intents and outcomes both
 * count): right after the row is durable, before anything that follows it.
 */
function killing(store: StateStore, at: number): StateStore {
  let rows = 0;
  const count = (more: number): void => {
    rows += more;
    if (rows >= at) process.kill(process.pid, 'SIGKILL');
  };
  return {
    ...store,
    begin: (owner, intents, done = []) => {
      const ids = store.begin(owner, intents, done);
      count(done.length + intents.length);
      return ids;
    },
    end: (ids, outcome, error) => {
      store.end(ids, outcome, error);
      if (outcome !== 'settled') count(ids.length);
    },
  };
}

const at = Number(process.env['NOVA_TEST_KILL_AT']);
process.exit(
  await main(process.argv.slice(2), { openStore: (options) => killing(openStateStore(options), at) }),
);
