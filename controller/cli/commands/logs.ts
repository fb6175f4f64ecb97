import { createReadStream, existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { sensitive } from '../../../schema/sensitive.ts';
import { entrusted } from '../../../reconcilers/container/entrusted.ts';
import { createLogJoiner, type LogLine } from '../../../reconcilers/container/log.ts';
import { containerPaths } from '../../../reconcilers/container/paths.ts';
import { identityOf } from '../../../reconcilers/identity.ts';
import { keepFromOutput } from '../../secrets/redact.ts';
import { exitCodes } from '../exitCodes.ts';
import { listenForInterrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { resourceNamed } from '../subject.ts';
import { lookFrom } from '../whereabouts.ts';

/** ms between looks at a log that is followed */
const pause = 200;

/** Shows what a container has printed, also after it has ended; `--follow` goes on. */
export async function logs(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  const { address } = resourceNamed(project.manifest, 'container', options.subject);
  const view = await lookFrom(options, project.manifest);
  const { scope } = view;
  const paths = containerPaths(scope, identityOf(scope, project.manifest.project, address));
  const { log } = paths;
  for (const value of await entrusted(view, paths)) keepFromOutput(sensitive('given', value));
  if (!existsSync(log) && !options.follow) {
    io.err.write(`${address} has printed nothing yet.\n`);
    return exitCodes.done;
  }
  using interrupts = listenForInterrupts(() => undefined);
  const joiner = createLogJoiner();
  let position = 0;
  const readOn = async (): Promise<readonly LogLine[]> => {
    const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    // conmon begins the file anew when it has reached its limit.
    if (size < position) position = 0;
    const lines: LogLine[] = [];
    if (size === position) return lines;
    for await (const piece of createReadStream(log, { encoding: 'utf8', start: position, end: size - 1 })) {
      lines.push(...joiner.add(piece as string));
    }
    position = size;
    return lines;
  };
  const first = await readOn();
  show(
    io,
    options.json,
    options.lines === undefined ? first : first.slice(Math.max(0, first.length - options.lines)),
  );
  while (options.follow && !interrupts.stop.aborted) {
    await sleep(pause, undefined, { signal: interrupts.stop }).catch(() => undefined);
    show(io, options.json, await readOn());
  }
  show(io, options.json, joiner.end());
  return exitCodes.done;
}

function show(io: Io, json: boolean, lines: readonly LogLine[]): void {
  for (const line of lines) {
    if (json) io.out.write(`${JSON.stringify(line)}\n`);
    else (line.stream === 'stderr' ? io.err : io.out).write(`${line.text}\n`);
  }
}
