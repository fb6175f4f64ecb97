// Adds one to a number in a file, again and again, each time under the lock.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { acquireLock } from '../../../stateStore/lock.ts';

const [path = '', counter = '', times = ''] = process.argv.slice(2);
const owner = { pid: process.pid, command: 'counter', since: Date.now() };

for (let time = 0; time < Number(times); time += 1) {
  const lock = await acquireLock({ path, owner, timeout: 60_000 });
  const number = Number(readFileSync(counter, 'utf8'));
  await sleep(1);
  writeFileSync(counter, String(number + 1));
  lock.release();
}
