import { readlinkSync } from 'node:fs';

import { NovaError } from '../../../schema/errors.ts';
import { createLocalView } from '../../../reconcilers/host/local.ts';
import { formatToml } from '../../format/formatToml.ts';
import { bridgesIn } from '../../import/bridges.ts';
import { containersOn } from '../../import/bundles.ts';
import type { Found } from '../../import/found.ts';
import { givenUpOn } from '../../import/givenUp.ts';
import { importText } from '../../import/importText.ts';
import { machineOf } from '../../import/machines.ts';
import { scopeAt } from '../../session.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import type { Invocation } from '../main.ts';

/** Prints a NovaFile for bridges, containers and machines that are there and not Nova's. Changes nothing. */
export async function importFound({ options, io }: Invocation): Promise<number> {
  const all = await lookAround(options);
  const { words } = options;
  const missing = words.filter((word) => !all.some(({ calledThere }) => calledThere === word));
  if (missing.length > 0) {
    const names = all.map(({ kind, calledThere }) => `${calledThere} (${kind})`).join(', ');
    throw new NovaError(
      'reference.missing',
      `nothing here that can be imported is called ${missing.join(', ')}`,
      {
        hint: names === '' ? 'there is nothing that can be imported' : `what can be: ${names}`,
      },
    );
  }
  const found = words.length === 0 ? all : withGround(words, all);
  const text = await formatToml(importText(projectOf(found), found), 'what was found');
  if (options.json)
    writeJson(io, {
      format_version: '1.0',
      found: found.map(({ kind, calledThere: called, notes }) => ({ kind, called, notes })),
      novafile: text,
    });
  else io.out.write(text);
  return exitCodes.done;
}

/** What was asked for, with the networks and volumes that it is on. */
function withGround(words: readonly string[], all: readonly Found[]): readonly Found[] {
  const asked = all.filter(({ calledThere }) => words.includes(calledThere));
  const needed = new Set<string>(
    asked.flatMap(({ needs = [], project }) => needs.map((need) => `${project} ${need}`)),
  );
  return all.filter(
    (each) => asked.includes(each) || needed.has(`${each.project} ${each.kind}.${each.calledThere}`),
  );
}

/** What Nova has given up goes back to its project. */
function projectOf(found: readonly Found[]): string {
  const [project = 'imported', ...others] = new Set(found.flatMap((each) => each.project ?? []));
  if (others.length === 0) return project;
  throw new NovaError(
    'usage',
    `what was found belonged to several projects: ${[project, ...others].join(', ')}`,
    {
      hint: 'name what belongs to one of them',
    },
  );
}

async function lookAround(options: Parameters<typeof scopeAt>[0]): Promise<readonly Found[]> {
  const scope = scopeAt(options);
  const view = createLocalView({ scope, project: 'imported' });
  const [links, containers, processes, givenUp] = await Promise.all([
    view.links(),
    containersOn(view),
    view.processes(),
    givenUpOn((project) => createLocalView({ scope, project })),
  ]);
  const machines = [...processes.values()]
    .filter(({ cgroup }) => !cgroup.startsWith('/nova/'))
    .flatMap((process) => machineOf(process, folderOf(process.pid)) ?? []);
  const known = new Set(
    givenUp.flatMap(({ kind, calledThere }) => (kind === 'network' ? [calledThere] : [])),
  );
  const bridges = bridgesIn(links).filter(({ calledThere }) => !known.has(calledThere));
  return [...bridges, ...givenUp, ...containers, ...machines];
}

/** The working folder of a process. */
function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '/';
  }
}
