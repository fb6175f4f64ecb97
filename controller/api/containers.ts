import { open, stat } from 'node:fs/promises';

import type { Manifest } from '../../schema/manifest.ts';
import { createLogJoiner, type LogLine } from '../../reconcilers/container/log.ts';
import { containerPaths } from '../../reconcilers/container/paths.ts';
import { identityOf, type Scope } from '../../reconcilers/identity.ts';
import { withPast } from '../../reconcilers/past.ts';
import type { ProjectLoop } from '../loop/projectLoop.ts';
import { readPast } from '../plan/past.ts';
import { redact } from '../secrets/redact.ts';
import { Refusal } from './route.ts';

/** A capsule that a source declares, where it is on the host. */
export interface Found {
  readonly scope: Scope;
  readonly id: string;
}

/** `web` and `container.web` are the same. @throws Refusal 404, 409 */
export async function containerOf(loop: ProjectLoop, word: string): Promise<Found> {
  const { manifest } = loop;
  const view = loop.view();
  if (manifest === undefined || view === undefined)
    throw new Refusal(409, 'host.unknown', 'nothing has been read yet', 'ask again in a moment');
  const address = declaredAs(manifest, word);
  if (address === undefined)
    throw new Refusal(404, 'reference.missing', 'no such container is declared', 'GET its source');
  const { scope } = withPast(view, (await readPast(view, manifest)).past);
  return { scope, id: identityOf(scope, manifest.project, address) };
}

function declaredAs({ resources }: Manifest, word: string) {
  const found = resources.find(
    ({ kind, name, address }) => kind === 'container' && (name === word || address === word),
  );
  return found?.address;
}

/** bytes at the end of a log that are read for one answer */
const window = 1024 * 1024;

/** The last lines that a capsule has printed, without values of secrets. */
export async function lastLines({ scope, id }: Found, count: number): Promise<readonly LogLine[]> {
  const { log } = containerPaths(scope, id);
  const size = await stat(log).then(
    (known) => known.size,
    () => undefined,
  );
  if (size === undefined) return [];
  const start = Math.max(0, size - window);
  const buffer = Buffer.alloc(size - start);
  await using file = await open(log);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  const text = buffer.subarray(0, bytesRead).toString();
  const joiner = createLogJoiner();
  // What begins in the middle of a line is none.
  const lines = joiner.add(start === 0 ? text : text.slice(text.indexOf('\n') + 1));
  return [...lines, ...joiner.end()].slice(-count).map((line) => ({ ...line, text: redact(line.text) }));
}
