import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { createAsker } from '../../../reconcilers/host/asker.ts';
import { ownProgram } from '../../../reconcilers/host/ownProgram.ts';
import { createWorld, type World } from '../../system/support/world.ts';
import { show, summary } from '../measure.ts';
import { install } from '../shipped.ts';

const atOnce = 50;
const server = '10.77.0.1';
const ipOf = (index: number): string => `10.77.1.${index + 1}`;
const network = `project = "bench"\n[network.lan]\nsubnet = "${server}/16"\n`;
const capsules = Array.from(
  { length: atOnce },
  (_, n) =>
    `[container.c${n}]\ncapsule = "./root"\ncommand = ["sleep", "100000"]\nstop_timeout = 1\nnetwork = { name = "lan", ip = "${ipOf(n)}" }\n`,
).join('');

/**
 * So many starts of capsules, fifty at a time from nothing: as soon as Nova says that one is ready, a client in the network asks
 * for its name, once.
 */
export async function starts(count: number): Promise<string> {
  await using shipped = await install();
  await using world = await createWorld({ program: shipped.launcher });
  await world.write(network);
  await world.novaMust(['apply', '--yes']);
  const taken: number[] = [];
  const wrong: string[] = [];
  let told = 0;
  for (; told < count; told += atOnce) {
    const answers = await startAll(world);
    if (answers.length !== atOnce) throw new Error(`${answers.length} of ${atOnce} were said to be ready`);
    wrong.push(...answers.flatMap(({ why }) => why ?? []));
    taken.push(...answers.map(({ ms }) => ms));
    await world.write(network);
    await world.novaMust(['apply', '--yes']);
  }
  return [
    `${told} starts of capsules, ${atOnce} at a time: their names, asked for once when Nova says that they are ready`,
    `  answered rightly    ${told - wrong.length} of ${told}`,
    `  an answer took      ${show(summary(taken))}`,
    ...wrong.slice(0, 5).map((why) => `  ${why}`),
  ].join('\n');
}

interface Answer {
  readonly why: string | undefined;
  /** ms */
  readonly ms: number;
}

async function startAll(world: World): Promise<readonly Answer[]> {
  await world.write(`${network}${capsules}`);
  const client = [process.execPath, ownProgram('reconcilers/host/probeClient')] as const;
  const asker = createAsker(() => undefined, world.netns, client);
  const { signal } = new AbortController();
  const ask = (name: string, ip: string) => asker.ask(['dns', server, name, ip], 5_000, signal);
  // The client is there before the first is ready: its own start would give dnsmasq time.
  await ask('_gateway.lan.internal', server);
  const awake = setInterval(() => void ask('_gateway.lan.internal', server), 500);
  try {
    const [program = '', ...argv] = world.command(['apply', '--yes']);
    const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'close');
    const asked: Promise<Answer>[] = [];
    const hear = (line: string): void => {
      const number = /container\.c(\d+): ready/.exec(line)?.[1];
      if (number === undefined) return;
      const begun = performance.now();
      const answer = ask(`c${number}.lan.internal`, ipOf(Number(number)));
      asked.push(answer.then((why) => ({ why, ms: performance.now() - begun })));
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', hear);
    const [code] = (await ended) as [number];
    if (code !== 0) throw new Error(`nova apply ended with ${code}`);
    return await Promise.all(asked);
  } finally {
    clearInterval(awake);
    asker.close();
  }
}
