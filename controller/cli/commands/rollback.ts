import { openStateReader } from '../../../stateStore/reader.ts';
import { findGeneration, requireManifest } from '../../generation.ts';
import { specsOf } from '../../plan/drift.ts';
import { hashOf } from '../../plan/hash.ts';
import { readSecrets } from '../../secrets/readSecrets.ts';
import { scopeAt } from '../../session.ts';
import { agreement } from '../agreement.ts';
import { exitCodes } from '../exitCodes.ts';
import { loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { planOptions } from '../readOnly.ts';
import { undertake } from '../undertake.ts';

/** Applies an earlier generation, after showing the plan and asking. What comes of it is a new generation. */
export async function rollback(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const loaded = await loadManifest(invocation);
  if (loaded === undefined) return exitCodes.error;
  const { project, file } = loaded.manifest;
  const generation = generationAt(
    options.stateDirectory,
    { scope: scopeAt(options).id, project },
    options.generation,
  );
  // The project belongs to the NovaFile that it has now.
  const manifest = { ...(await requireManifest(generation, options.stateDirectory)), file };
  const terms = planOptions({ ...options, targets: undefined }, manifest);
  if (!options.json) io.out.write(`Back to generation ${generation.number} of ${project}:\n\n`);
  // Only to see whether it says otherwise: what is missing is no matter.
  await readSecrets(loaded.manifest, process.env);
  const code = await undertake(invocation, {
    manifest,
    texts: undefined,
    verb: 'rollback',
    commit: generation.commit,
    planOptions: terms,
    place: options,
    agree: agreement(invocation, manifest, terms, 'rollback'),
  });
  if (code === exitCodes.done && hashOf(specsOf(manifest)) !== hashOf(specsOf(loaded.manifest))) {
    io.err.write(
      `${loaded.shownAs} still says otherwise: the next \`nova apply\` goes forward to it again.\n`,
    );
  }
  return code;
}

function generationAt(
  directory: string,
  owner: Parameters<typeof findGeneration>[1],
  number: number | undefined,
) {
  const reader = openStateReader({ directory });
  try {
    return findGeneration(reader, owner, number);
  } finally {
    reader.close();
  }
}
