import { dotGraph, mermaidGraph } from '../../render/graph.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import { loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';

/** Draws what refers to what, without looking at the host. */
export async function graph(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  const { manifest } = project;
  if (options.json) {
    const resources = manifest.resources.map(({ address, kind, name, dependsOn }) => {
      return { address, kind, name, depends_on: dependsOn };
    });
    writeJson(io, { format_version: '1.0', project: manifest.project, resources });
  } else io.out.write(options.format === 'mermaid' ? mermaidGraph(manifest) : dotGraph(manifest));
  return exitCodes.done;
}
