import { z } from 'zod';

import { hide, spellingsOf } from '../../schema/hide.ts';
import type { HostView } from '../host/host.ts';
import { lastLines } from './log.ts';
import type { ContainerPaths } from './paths.ts';
import { holdsSensitive, splitSensitiveParts } from './sensitiveParts.ts';

const Config = z.object({
  process: z.object({ env: z.array(z.string()).default([]) }),
  annotations: z.record(z.string(), z.string()).default({}),
});

/**
 * What a capsule was given in secret when it was started, as its bundle tells: also what the NovaFile says otherwise by now, and what
 * nobody here could decrypt.
 */
export async function entrusted(
  view: Pick<HostView, 'read' | 'list'>,
  { config, files }: Pick<ContainerPaths, 'config' | 'files'>,
): Promise<readonly string[]> {
  const text = await view.read(config);
  const read = text === undefined || !holdsSensitive(text) ? undefined : Config.safeParse(parsed(text)).data;
  if (read === undefined) return [];
  const { parts } = splitSensitiveParts(read.annotations);
  const given = read.process.env.filter((pair) => parts.env.includes(pair.slice(0, pair.indexOf('='))));
  const names = Object.keys(parts.files).length === 0 ? [] : ((await view.list(files)) ?? []);
  const contents = await Promise.all(names.map((name) => view.read(`${files}/${name}`)));
  return [
    ...given.map((pair) => pair.slice(pair.indexOf('=') + 1)),
    ...contents.filter((content) => content !== undefined),
  ];
}

/** The last lines that a capsule has printed, without what it was given in secret: they are told to people, and kept in plans. */
export async function lastWords(view: HostView, paths: ContainerPaths): Promise<readonly string[]> {
  const lines = lastLines((await view.tail(paths.log, 4096)) ?? '', 5);
  if (lines.length === 0) return lines;
  const spellings = (await entrusted(view, paths)).flatMap(spellingsOf);
  return lines.map((line) => hide(line, spellings));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
