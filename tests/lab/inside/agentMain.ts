import { createReadStream, openSync, writeSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { jsonLines } from '../../../reconcilers/host/jsonLines.ts';
import type { Answer, Request } from './protocol.ts';
import { createResident, type Resident } from './resident.ts';
import { runInside } from './runInside.ts';

/** Ends what an unfinished request has started. */
const running = new Map<string, () => void>();

/** By their names. */
const residents = new Map<string, Resident>();

const port = openSync(process.argv[2] ?? '', 'r+');

function answer(line: Answer): void {
  let rest = Buffer.from(`${JSON.stringify(line)}\n`);
  while (rest.length > 0) rest = rest.subarray(writeSync(port, rest));
}

async function work(id: string, request: Request): Promise<unknown> {
  switch (request.do) {
    case 'run':
      return await runInside(request, (kill) => running.set(id, kill));
    case 'nova': {
      const resident = residents.get(request.as) ?? createResident(join(import.meta.dirname, 'novaMain.js'));
      residents.set(request.as, resident);
      running.set(id, () => resident.kill());
      return await resident.run(request, request.timeout);
    }
    case 'leave':
      residents.get(request.as)?.kill();
      return residents.delete(request.as);
    case 'read':
      return await ifThere(readFile(request.path, 'utf8'));
    case 'list':
      return await ifThere(readdir(request.path));
    case 'remove':
      return await rm(request.path, { recursive: true, force: true });
    case 'write':
      await mkdir(dirname(request.path), { recursive: true });
      return await writeFile(request.path, request.text, { mode: request.mode ?? 0o644 });
    case 'cancel':
      return running.get(request.of)?.();
    // Here, and not in processes of their own, as starting Node takes a second. Loaded when they are needed.
    case 'state':
      return await (await import('../../system/support/hostState.ts')).hostState(request.of);
    case 'gone':
      return await (await import('../../system/support/forceGone.ts')).forceGone(request.scope);
  }
}

async function ifThere<Found>(reading: Promise<Found>): Promise<Found | null> {
  try {
    return await reading;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

const take = jsonLines((line) => {
  const { id, ...request } = line as { id: string } & Request;
  work(id, request)
    .then((result) => answer({ id, result: result ?? null }))
    .catch((error: unknown) => answer({ id, error: String(error) }))
    .finally(() => running.delete(id));
});

answer({ id: 'hello', result: process.version });
createReadStream('', { fd: port }).on('data', (piece) => take(Buffer.from(piece)));
