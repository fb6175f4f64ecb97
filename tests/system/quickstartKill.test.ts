import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { scopeOf } from '../../reconcilers/identity.ts';
import { openStateReader } from '../../stateStore/reader.ts';
import { forceGone } from './support/forceGone.ts';
import { hostState } from './support/hostState.ts';
import { createQuickstart, type Quickstart } from './support/quickstart.ts';
import { must, run } from './support/shell.ts';
import { cli } from './support/world.ts';

const netns = 'nvt-quickkill';
const killingMain = resolve(import.meta.dirname, 'support/killingMain.ts');

let clone: Quickstart;
let cwd: string;

beforeAll(async () => {
  clone = await createQuickstart(netns);
  cwd = join(clone.folder, 'examples/quickstart');
  await must(['./fetch-kernel.sh'], { cwd, env: clone.env });
});

afterAll(async () => {
  await clone[Symbol.asyncDispose]();
  await forceGone(scopeOf(netns, clone.dataDirectory));
  await run(['ip', 'netns', 'delete', netns]);
});

const nova = (argv: readonly string[], program = cli, env = {}) =>
  run([...program, ...argv], { cwd, env: { ...clone.env, ...env } });

/** Without what the visitor is at: it asks for the page, and sleeps, by turns. */
async function state(inside: boolean): Promise<string[]> {
  const folders = [clone.dataDirectory];
  const lines = await hostState({ words: [scope(), netns], netns: inside ? [netns] : [], folders });
  return lines.filter((line) => !/^process (?:wget|sleep) /.test(line));
}

/** Processes of the guest's QEMU and of the visitor, by start time: a number alone may be given out again. */
async function guests(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      const [argv, stat] = [(await read('cmdline')).split('\0'), await read('stat')];
      const isGuest =
        argv[0]?.includes('qemu-system') === true && argv.some((word) => word.includes(scope()));
      return isGuest ? [`${pid} since ${stat.slice(stat.lastIndexOf(')')).split(' ')[20]}`] : [];
    }),
  );
  return found.flat();
}

/** The step that the last run was done with, as `network.lan rules`. */
function newestDone(): string {
  const reader = openStateReader({ directory: join(clone.folder, 'state') });
  try {
    const rows = reader.journal({ scope: scope(), project: 'quickstart' }, 20);
    const done = rows.find(({ outcome }) => outcome === 'done');
    return done === undefined ? '' : `${done.address} ${done.step}`;
  } finally {
    reader.close();
  }
}

const scope = (): string => scopeOf(netns, clone.dataDirectory).id;

it(
  'converges after kill -9 at every journalled step in turn, and starts the machine once',
  { timeout: 600_000 },
  async () => {
    const before = await state(false);
    let running: readonly string[] = [];
    let kills = 0;
    // After the intent of the step that comes next, then after its outcome; further on where a step is done again each
    // time until the one after it is done.
    for (let at = 1, finished = ''; kills < 300;) {
      const argv = ['apply', '--yes', '--parallelism', '1'];
      const { code, stderr } = await nova(argv, [process.execPath, killingMain], {
        NOVA_TEST_KILL_AT: String(at),
      });
      const now = await guests();
      if (running.length > 0) expect(now, `after kill ${kills}`).toEqual(running);
      expect(now.length, `after kill ${kills}`).toBeLessThanOrEqual(1);
      running = now;
      if (code !== 137) {
        expect(code, stderr).toBe(0);
        break;
      }
      kills += 1;
      const before = finished;
      if (at > 1) finished = newestDone();
      at = at > 1 && finished !== before ? 1 : at + 1;
    }
    expect(kills).toBeGreaterThan(30);
    expect((await nova(['apply', '--yes'])).stdout).toContain('Nothing to do');
    expect(await guests()).toEqual(running);
    const whole = await state(true);
    const { code, stdout, stderr } = await clone.run();
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('hello from a virtual machine');
    expect(await state(true)).toEqual(whole);
    await must([...cli, 'destroy', '--yes'], { cwd, env: clone.env });
    expect(await state(false)).toEqual(before);
    // Made in one go it is the same.
    await must([...cli, 'apply', '--yes'], { cwd, env: clone.env });
    expect(await state(true)).toEqual(whole);
  },
);
