import { setTimeout as sleep } from 'node:timers/promises';

import { localCgroups } from '../cgroups.ts';
import { ownNamespaceInode } from '../netns.ts';
import { readProcess } from '../viewProcesses.ts';
import { answers } from './answers.ts';
import { type Armed, readArmed, readAsked, say } from './armed.ts';
import { fenced } from './fence.ts';
import { presentLinks, runBatch } from './ip.ts';

/*
 * A program of its own, in a cgroup and session of its own: `guard.ts FOLDER`. It takes a change to the links of its
 * namespace back unless its witnesses answer in time, or when the Nova that armed it has ended before.
 */

const [, , folder = ''] = process.argv;

/** ms between two looks, for the first answers, and for a change to be made */
const pause = 50;
const patienceBefore = 10_000;
const patienceForChange = 120_000;

async function main(armed: Armed): Promise<void> {
  if (armed.namespace !== ownNamespaceInode()) {
    say(folder, { state: 'refused', why: 'the guard is in another network namespace than it was armed for' });
    return;
  }
  const { witnesses, undo, links } = armed;
  // A command that is not the guard's to run is found before anything is changed.
  fenced(undo, links, links);
  const before = witnesses.map(({ ip, before: link }) => ({ ip, link }));
  const mute = await silent(before, Date.now() + patienceBefore, () => false);
  if (mute !== undefined) {
    say(folder, { state: 'silent', why: mute });
    return;
  }
  const takeBack = async (why: string): Promise<void> => {
    if (hasEnded(armed)) await localCgroups.kill(armed.work, new AbortController().signal);
    runBatch(fenced(undo, links, presentLinks()));
    say(folder, { state: 'undone', why });
  };
  process.once('SIGTERM', () => {
    void takeBack('the guard was told to end').finally(() => process.exit(0));
  });
  say(folder, { state: 'armed' });
  const why = (await notMade(armed)) ?? (await unproven(armed));
  process.removeAllListeners('SIGTERM');
  if (why === undefined) say(folder, { state: 'good' });
  else await takeBack(why);
}

/** Why a change is not going to be made whole; undefined when it is made. */
async function notMade(armed: Armed): Promise<string | undefined> {
  const deadline = Date.now() + patienceForChange;
  for (;;) {
    const asked = readAsked(folder);
    if (asked === 'made') return undefined;
    if (asked !== undefined) return 'the change could not be made';
    if (hasEnded(armed)) return 'Nova ended before the change was made';
    if (Date.now() > deadline) return 'the change was not made in time';
    await sleep(pause);
  }
}

/** Why a change is not proven good. */
async function unproven(armed: Armed): Promise<string | undefined> {
  const after = armed.witnesses.map(({ ip, after: link }) => ({ ip, link }));
  const mute = await silent(after, Date.now() + armed.timeout, () => hasEnded(armed));
  if (hasEnded(armed)) return 'Nova ended before the change was proven good';
  return mute === undefined ? undefined : `no answer from ${mute} within ${armed.timeout / 1000} s`;
}

/** Those that have not answered until the deadline, or until it is of no matter any more. */
async function silent(
  asked: readonly { readonly ip: string; readonly link: string | undefined }[],
  deadline: number,
  over: () => boolean,
): Promise<string | undefined> {
  let left = asked;
  for (;;) {
    const heard = await Promise.all(left.map(({ ip, link }) => answers(ip, link)));
    left = left.filter((_, index) => heard[index] !== true);
    if (left.length === 0) return undefined;
    if (over() || Date.now() > deadline) return left.map(({ ip }) => ip).join(', ');
    await sleep(pause);
  }
}

function hasEnded({ nova }: Armed): boolean {
  return readProcess(nova.pid)?.startTime !== nova.startTime;
}

const armed = readArmed(folder);
if (armed !== undefined) {
  await main(armed).catch((error: unknown) => {
    say(folder, { state: 'refused', why: error instanceof Error ? error.message : String(error) });
  });
}
