import type { Manifest } from '../../../schema/manifest.ts';
import { registry } from '../../../reconcilers/registry.ts';
import type { Plan } from '../../plan/plan.ts';
import { type Survey, survey } from '../../plan/survey.ts';
import { table } from '../../render/table.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import { loadWithSecrets } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { planReadOnly } from '../readOnly.ts';

interface Listed {
  readonly address: string;
  readonly state: string;
  readonly details: string;
  /** Class of drift; null when it is as declared. */
  readonly drift: string | null;
}

/** Lists what is declared, and what is owned without being declared, with its state. Changes nothing. */
export async function ls(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadWithSecrets(invocation);
  if (project === undefined) return exitCodes.error;
  const { plan, surveyed } = await planReadOnly(project, options, (view, manifest) => survey(view, manifest));
  const listed = [...declared(project.manifest, surveyed, plan), ...strays(surveyed)];
  if (options.json)
    writeJson(io, { format_version: '1.0', project: project.manifest.project, resources: listed });
  else if (listed.length === 0) io.out.write('The NovaFile declares nothing.\n');
  else {
    const rows = listed.map(({ address, state, details, drift }) => [address, state, drift ?? '', details]);
    io.out.write(table(['ADDRESS', 'STATE', 'DRIFT', 'DETAILS'], rows));
  }
  return exitCodes.done;
}

function declared(manifest: Manifest, surveyed: Survey, plan: Plan): readonly Listed[] {
  const drift = new Map(plan.resources.map((resource) => [resource.address, resource.drift]));
  return manifest.resources.map(({ address, kind }) => {
    const observation = surveyed.wanted.get(address);
    const differs = drift.get(address) ?? null;
    if (observation?.status === 'present') {
      return { address, ...registry[kind].describe(observation.seen), drift: differs };
    }
    const details = observation !== undefined && 'why' in observation ? observation.why : '';
    return { address, state: observation?.status ?? 'absent', details, drift: differs };
  });
}

function strays(surveyed: Survey): readonly Listed[] {
  return [...surveyed.strays].map(([address, { kind, seen }]) => ({
    address,
    ...registry[kind].describe(seen),
    drift: 'unmanaged',
  }));
}
