import type { Address, Kind, Resource } from '../../schema/manifest.ts';
import { parseNovaFile } from '../../schema/parse.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import {
  dataFolders as containerData,
  runFolders as containerRun,
} from '../../reconcilers/container/paths.ts';
import { type Former, formerOfTombstone } from '../../reconcilers/forgotten.ts';
import { identityOf, type Scope } from '../../reconcilers/identity.ts';
import { ownerMarks } from '../../reconcilers/ownerMarks.ts';
import { registry } from '../../reconcilers/registry.ts';
import { dataFolders as vmData, runFolders as vmRun } from '../../reconcilers/vm/paths.ts';
import { admitted } from '../plan/admitted.ts';
import { dependenciesOf } from '../plan/dependencies.ts';
import { seenOf } from '../plan/lastSeen.ts';
import type { Found } from './found.ts';
import { givenUpCapsule } from './givenUpCapsule.ts';
import { givenUpMachine } from './givenUpMachine.ts';
import { importText } from './importText.ts';

/** What a table says of something that was given up, and what it cannot say of it. */
export interface Told {
  readonly table: Readonly<Record<string, unknown>>;
  /** Sentences; each is a reason why it cannot be taken over by the table alone. */
  readonly lacks: readonly string[];
}

/** Capsules and machines that `nova forget` has given up: they can be taken over as they run. */
export async function givenUpOn(
  scope: Scope,
  viewOf: (project: string) => HostView,
): Promise<readonly Found[]> {
  const view = viewOf('imported');
  const folders = [containerRun, containerData, vmRun, vmData].map((folder) =>
    ownerMarks(view, folder(scope)),
  );
  const former = (await Promise.all(folders)).flat().flatMap((text) => formerOfTombstone(text) ?? []);
  const each = new Map(former.map((one) => [`${one.project}/${one.address}`, one]));
  const found = [...each.values()].map((one) => foundFrom(one, viewOf(one.project)));
  return (await Promise.all(found)).filter((one) => one !== undefined);
}

async function foundFrom(former: Former, view: HostView): Promise<Found | undefined> {
  const { project, address } = former;
  const kind: Kind = address.startsWith('vm.') ? 'vm' : 'container';
  const name = address.slice(kind.length + 1);
  const identity = identityOf(view.scope, project, address);
  const told = kind === 'vm' ? await givenUpMachine(view, address) : await givenUpCapsule(view, address);
  if (told === undefined) return undefined;
  const found: Found = { kind, calledThere: name, adoptable: true, project, table: told.table, notes: [] };
  const why = told.lacks.length > 0 ? told.lacks : await whatElse(found, identity, view);
  return why.length === 0 ? found : { ...found, adoptable: false, notes: why };
}

/** What a plan for it would do beside taking it over: nothing, where all of it was understood. */
async function whatElse(found: Found, identity: string, view: HostView): Promise<readonly string[]> {
  const { kind, project = '' } = found;
  const parsed = await parseNovaFile({ text: importText(project, [found]), file: '/NovaFile.toml' });
  if ('issues' in parsed) return parsed.issues.map(({ message }) => `It cannot be taken over: ${message}.`);
  const [resource] = parsed.manifest.resources.filter((each) => each.kind === kind);
  if (resource === undefined) return [`Nothing is known of ${identity}.`];
  const observation = await observed(view, resource);
  const seen = seenOf(observation);
  const deps = dependenciesOf(parsed.manifest, (address: Address) =>
    address === resource.address ? seen : undefined,
  );
  const steps = registry[kind].diff({ address: resource.address, resource, seen, deps });
  return [
    ...(observation.problems ?? []).map(({ message }) => `It cannot be taken over: ${message}.`),
    ...steps
      .filter(({ id }) => id !== 'adopt')
      .map(({ reason }) => `Taking it over would change it: ${reason}.`),
  ];
}

async function observed(view: HostView, resource: Resource) {
  const { wanted } = await registry[resource.kind].observe(view, [resource]);
  return admitted(wanted.get(resource.address) ?? { status: 'absent' }, resource);
}
