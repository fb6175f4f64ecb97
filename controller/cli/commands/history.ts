import type { Generation } from '../../../stateStore/stateStore.ts';
import { openStateReader } from '../../../stateStore/reader.ts';
import { manifestOf } from '../../generation.ts';
import { table } from '../../render/table.ts';
import { scopeAt } from '../../session.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import { loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';

/** Lists the generations of the project, newest first: what was applied as a whole, and when. Changes nothing. */
export async function history(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const loaded = await loadManifest(invocation);
  if (loaded === undefined) return exitCodes.error;
  const { project } = loaded.manifest;
  const reader = openStateReader({ directory: options.stateDirectory });
  try {
    const limit = options.lines ?? Number.MAX_SAFE_INTEGER;
    const listed = reader.generations({ scope: scopeAt(options).id, project }, limit).map(tell);
    if (options.json) writeJson(io, { format_version: '1.0', project, generations: listed });
    else if (listed.length === 0) io.out.write(`Nothing of ${project} has been applied as a whole yet.\n`);
    else {
      const rows = listed.map(({ number, applied_at: when, commit, resources }) => {
        return [
          String(number),
          when,
          commit ?? '-',
          resources === null ? '(unreadable)' : resources.join(', ') || '-',
        ];
      });
      io.out.write(table(['NUMBER', 'APPLIED', 'COMMIT', 'RESOURCES'], rows));
    }
  } finally {
    reader.close();
  }
  return exitCodes.done;
}

function tell(generation: Generation) {
  const { number, appliedAt, commit } = generation;
  return {
    number,
    // To the second, in UTC.
    applied_at: new Date(appliedAt).toISOString().replace(/\.[0-9]+/, ''),
    commit: commit ?? null,
    resources: manifestOf(generation)?.resources.map(({ address }) => address) ?? null,
  };
}
