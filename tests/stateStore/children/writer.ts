// Writes for ever, and says what the store has promised to keep once it has returned.
import { openStateStore } from '../../../stateStore/sqlite.ts';

const [directory = ''] = process.argv.slice(2);
const store = openStateStore({ directory });
const owner = { scope: '3f2a9c1b', project: 'demo' };
const say = (words: string): void => void process.stdout.write(`${words}\n`);

for (let round = 0; ; round += 1) {
  const steps = ['a', 'b', 'c'].map(
    (step) => ({ run: `run-${process.pid}`, address: 'network.lan', step }) as const,
  );
  const ids = store.begin(owner, steps);
  say(`begun ${ids.join(' ')}`);
  store.record(owner, [
    { address: `network.n${round % 7}`, identity: String(round), since: round },
    { address: `volume.n${round % 7}`, identity: String(round), since: round },
  ]);
  store.end(ids, 'done');
  say(`ended ${ids.join(' ')}`);
  const number = store.addGeneration(
    owner,
    `{"pid":${process.pid},"round":${round},"text":"${'x'.repeat(3000)}"}`,
  );
  say(`generation ${number}`);
}
