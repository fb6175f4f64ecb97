import { sensitiveIn } from '../../../schema/sensitive.ts';
import { formatToml } from '../../format/formatToml.ts';
import { novaFileText } from '../../render/novaFile.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import { loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';

/** Prints what a NovaFile comes to, as a NovaFile without includes, variables and defaults; secrets are hidden. */
export async function render(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  const { manifest } = project;
  if (options.json) writeJson(io, { format_version: '1.0', manifest });
  else {
    const hidden = sensitiveIn(manifest.resources).filter(({ written }) => written).length;
    io.out.write(await formatToml(novaFileText(manifest), 'what was rendered'));
    if (hidden > 0)
      io.err.write(
        `Values that stand in the file and should not are shown as secrets: ${hidden}. Set them with nova secret set.\n`,
      );
  }
  return exitCodes.done;
}
