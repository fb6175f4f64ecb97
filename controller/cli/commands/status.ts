import { setTimeout as sleep } from 'node:timers/promises';

import type { LoopEvent } from '../../../stateStore/loopState.ts';
import { openStateReader } from '../../../stateStore/reader.ts';
import type { StateReader } from '../../../stateStore/stateStore.ts';
import { askController } from '../../control/client.ts';
import { table } from '../../render/table.ts';
import { scopeAt } from '../../session.ts';
import { exitCodes } from '../exitCodes.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { writeJson } from '../io.ts';
import type { Invocation } from '../main.ts';

/** Says how every source stands, and every resource that is not ready; 1 when one is not. Changes nothing. */
export async function status(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const running = (await askController(options.stateDirectory, 'GET', '/v1/sources')) !== undefined;
  const sources = withReader(options.stateDirectory, (reader) => {
    const { id } = scopeAt(options);
    return reader.sources(id).map((row) => ({ ...row, conditions: reader.conditions(id, row.name) }));
  });
  if (options.json) writeJson(io, { format_version: '1.0', running, sources });
  else if (sources.length === 0) io.out.write('No source is followed here.\n');
  else {
    const rows = sources.flatMap(({ name, revision, conditions }) =>
      conditions
        .filter(({ subject, type, status: holds }) => type === 'Ready' && (subject === '' || !holds))
        .map(({ subject, status: holds, reason, message }) => {
          const about = subject === '' ? name : `  ${subject}`;
          return [about, holds ? 'ready' : reason, subject === '' ? (revision ?? '-') : '', message];
        }),
    );
    io.out.write(table(['SOURCE', 'STATE', 'REVISION', 'MESSAGE'], rows));
    if (!running) io.out.write('\nNo controller runs: this is how it stood when the last one ended.\n');
  }
  const ready = sources.every(({ conditions }) =>
    conditions.some(({ subject, type, status: holds }) => subject === '' && type === 'Ready' && holds),
  );
  return ready ? exitCodes.done : exitCodes.error;
}

/** ms between looks for new events */
const pause = 200;

/** Lists what happened, oldest first; `--follow` goes on. */
export async function events(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const { id } = scopeAt(options);
  let after = 0;
  const read = (limit: number): void => {
    const news = withReader(options.stateDirectory, (reader) => reader.events(id, { after, limit }));
    for (const event of news) io.out.write(`${options.json ? JSON.stringify(event) : line(event)}\n`);
    after = news.at(-1)?.id ?? after;
  };
  read(options.lines ?? 1000);
  using interrupts = listenForInterrupts(() => undefined);
  while (options.follow && !interrupts.stop.aborted) {
    await sleep(pause, undefined, { signal: interrupts.stop }).catch(() => undefined);
    read(1000);
  }
  return exitCodes.done;
}

function line({ at, source, subject, reason, message }: LoopEvent): string {
  const about = subject === '' ? source : `${source} ${subject}`;
  return `${new Date(at).toISOString().replace(/\..*/, 'Z')} ${about} ${reason}: ${message}`;
}

function withReader<T>(directory: string, query: (reader: StateReader) => T): T {
  const reader = openStateReader({ directory });
  try {
    return query(reader);
  } finally {
    reader.close();
  }
}
