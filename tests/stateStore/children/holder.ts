// Takes the lock, says so, and keeps it until it is killed.
import { acquireLock } from '../../../stateStore/lock.ts';

const [path = ''] = process.argv.slice(2);
await acquireLock({
  path,
  owner: {
    pid: process.pid,
    command: "nova apply it's.toml",
    since: Date.UTC(2026, 0, 31, 12, 30),
    host: 'alpha',
  },
  timeout: 30_000,
});
process.stdout.write('held\n');
setInterval(() => undefined, 1000);
