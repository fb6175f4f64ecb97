import { egressAsMarked, type EgressSeen } from '../../reconcilers/network/uplinks/egress.ts';
import type { Address, Kind, Manifest, Resource } from '../../schema/manifest.ts';
import { parseNovaFile } from '../../schema/parse.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { registry } from '../../reconcilers/registry.ts';
import { dependenciesOf } from '../plan/dependencies.ts';
import { lastSeenIn } from '../plan/lastSeen.ts';
import { type Survey, survey } from '../plan/survey.ts';
import type { Found } from './found.ts';
import { givenUpByProject } from './givenUpAll.ts';
import { givenUpCapsule } from './givenUpCapsule.ts';
import { givenUpMachine } from './givenUpMachine.ts';
import { givenUpNetwork } from './givenUpNetwork.ts';
import { importText } from './importText.ts';

/** What a table says of something that was given up, and what it cannot say of it. */
export interface Told {
  readonly table: Readonly<Record<string, unknown>>;
  /** Sentences; each is a reason why it cannot be taken over by the table alone. */
  readonly lacks: readonly string[];
  /** Networks and volumes that it is on. */
  readonly needs?: readonly Address[];
}

/** What `nova forget` has given up: it can be taken over as it is, and runs on. */
export async function givenUpOn(viewOf: (project: string) => HostView): Promise<readonly Found[]> {
  const projects = await givenUpByProject(viewOf('imported'));
  const found = [...projects].map(([project, addresses]) =>
    foundIn(viewOf(project), project, [...addresses]),
  );
  return (await Promise.all(found)).flat();
}

async function foundIn(
  view: HostView,
  project: string,
  addresses: readonly Address[],
): Promise<readonly Found[]> {
  const found = await tablesOf(view, project, addresses);
  // What they are on, and Nova has not given up, is needed to understand them.
  const known = new Set(found.map(addressOf));
  const needed = [...new Set(found.flatMap(({ needs = [] }) => needs))].filter((each) => !known.has(each));
  const kept = await tablesOf(view, project, needed);
  const text = importText(project, [...found, ...kept]);
  const parsed = await parseNovaFile({ text, file: '/NovaFile.toml' });
  if ('issues' in parsed) {
    const notes = parsed.issues.map(({ message }) => `It cannot be taken over: ${message}.`);
    return found.map((each) => ({ ...each, adoptable: false, notes: [...each.notes, ...notes] }));
  }
  const { manifest } = parsed;
  const surveyed = await survey(view, manifest);
  const judged = new Map(found.map((each) => [addressOf(each), judge(each, manifest, surveyed)]));
  const others = [...kept.map(addressOf), ...surveyed.strays.keys()];
  return [...judged.values()].map((each) => onGround(each, judged, others));
}

async function tablesOf(
  view: HostView,
  project: string,
  addresses: readonly Address[],
): Promise<readonly Found[]> {
  const all = addresses.map(async (address): Promise<Found | undefined> => {
    const [kind = '', calledThere = ''] = address.split('.') as [Kind?, string?];
    const told = isTold(kind) ? await tellers[kind](view, address) : undefined;
    if (told === undefined || !isTold(kind)) return undefined;
    const { table, lacks, needs = [] } = told;
    return { kind, calledThere, project, adoptable: lacks.length === 0, table, notes: lacks, needs };
  });
  return (await Promise.all(all)).filter((each) => each !== undefined);
}

const tellers = {
  container: givenUpCapsule,
  vm: givenUpMachine,
  network: givenUpNetwork,
  // Its place tells all of it; whose it is and who may read it is seen by the plan.
  volume: () => Promise.resolve<Told>({ table: {}, lacks: [] }),
} as const;

function isTold(kind: string): kind is keyof typeof tellers {
  return Object.hasOwn(tellers, kind);
}

/** What a plan for it would do beside taking it over: nothing, where all of it was understood. */
function judge(found: Found, manifest: Manifest, surveyed: Survey): Found {
  if (!found.adoptable) return found;
  const address = addressOf(found);
  const resource = manifest.resources.find((each) => each.address === address);
  const observation = surveyed.wanted.get(address);
  const lastSeen = lastSeenIn(surveyed);
  const notes = [
    ...(observation?.problems ?? []).map(({ message }) => `It cannot be taken over: ${message}.`),
    ...(resource === undefined
      ? []
      : changes(resource, lastSeen(address), dependenciesOf(manifest, lastSeen))),
  ];
  return { ...found, adoptable: notes.length === 0, notes };
}

function changes(
  resource: Resource,
  seen: unknown,
  deps: ReturnType<typeof dependenciesOf>,
): readonly string[] {
  const { address, kind } = resource;
  const steps = registry[kind].diff({ address, resource, seen: asMarked(seen), deps });
  return steps
    .filter(({ id }) => id !== 'adopt')
    .map(({ reason }) => `Taking it over would change it: ${reason}.`);
}

/** As if Nova's mark were on its rules already: to put it there is what taking over is. */
function asMarked(seen: unknown): unknown {
  if (typeof seen !== 'object' || seen === null || !('rules' in seen)) return seen;
  const { rules, egress } = seen as {
    readonly rules: { readonly rules: readonly object[] };
    readonly egress?: EgressSeen;
  };
  return {
    ...seen,
    rules: { ...rules, rules: rules.rules.map((rule) => ({ ...rule, former: undefined })) },
    ...(egress === undefined ? {} : { egress: egressAsMarked(egress) }),
  };
}

/** What stands on something that cannot be taken over cannot be either; where a project goes on, it says so. */
function onGround(found: Found, judged: ReadonlyMap<Address, Found>, others: readonly Address[]): Found {
  const lost = (found.needs ?? []).filter((need) => judged.get(need)?.adoptable === false);
  const more =
    others.length === 0
      ? []
      : [
          `Project ${found.project} goes on: write this into its NovaFile, which declares ${others.join(', ')}. What it does not declare goes.`,
        ];
  if (lost.length === 0) return { ...found, notes: [...found.notes, ...more] };
  const why = `It cannot be taken over: it is on ${lost.join(', ')}, which cannot be.`;
  return { ...found, adoptable: false, notes: [...found.notes, why, ...more] };
}

function addressOf({ kind, calledThere }: Found): Address {
  return `${kind}.${calledThere}`;
}
