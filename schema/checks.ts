import { checkAddresses } from './addresses.ts';
import { checkClaims } from './claims.ts';
import { checkCycles } from './cycles.ts';
import type { DocumentRead } from './document.ts';
import type { Draft } from './draft.ts';
import { checkGpus } from './gpus.ts';
import type { Address } from './manifest.ts';
import { checkMacvlans } from './macvlans.ts';
import { checkMachineImages } from './machineImages.ts';
import { checkMoved } from './moved.ts';
import { checkMentions } from './mentions.ts';
import { checkMounts } from './mounts.ts';
import { checkTemplates } from './outputs.ts';
import { checkPlaces, placesIn } from './memberPlaces.ts';
import { checkPorts } from './ports.ts';
import type { Problem } from './problem.ts';
import { checkReferences, edgesOf, type Edge } from './references.ts';
import { uplinkEdges } from './uplinkEdges.ts';
import { throughGroups } from './groups.ts';
import { checkStorage } from './storage.ts';

export interface Checked {
  readonly problems: readonly Problem[];
  /** By resource that refers: what it refers to, sorted, without duplicates. */
  readonly dependsOn: ReadonlyMap<Address, readonly Address[]>;
}

/** What is only seen when all resources are known. */
export function checkDocument(
  { drafts, declared, moves }: DocumentRead,
  groups: ReadonlyMap<Address, readonly Address[]> = new Map(),
): Checked {
  // What a table with `for_each` makes, and not the table.
  const single = new Set(declared.filter((address) => !groups.has(address)));
  const byAddress = new Map<Address, Draft>(drafts.map((draft) => [draft.address, draft]));
  const { edges, problems: wrongGroups } = throughGroups(drafts.flatMap(edgesOf), groups);
  const all = [...edges, ...uplinkEdges(drafts)];
  const places = placesIn(drafts);
  const problems = [
    ...wrongGroups,
    ...checkReferences(drafts, edges, new Set(declared)),
    ...checkCycles(all),
    ...checkTemplates(byAddress),
    ...checkAddresses(drafts),
    ...checkPorts(byAddress),
    ...checkMounts(drafts),
    ...checkStorage(drafts),
    ...checkMachineImages(drafts),
    ...checkPlaces(places),
    ...checkClaims(drafts, places),
    ...checkMacvlans(drafts),
    ...checkMentions(drafts, single, places),
    ...checkGpus(drafts),
    ...checkMoved(moves, single),
  ];
  return { problems, dependsOn: dependenciesIn(all) };
}

function dependenciesIn(edges: readonly Edge[]): ReadonlyMap<Address, readonly Address[]> {
  const targets = Map.groupBy(edges, ({ from }) => from);
  return new Map(
    [...targets].map(([from, found]) => [from, [...new Set(found.map(({ to }) => to))].toSorted()]),
  );
}
