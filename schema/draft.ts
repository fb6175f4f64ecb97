import { checkBeside } from './beside.ts';
import { checkCommon, commonOf, type Policy } from './common.ts';
import { ContainerTable } from './container.ts';
import { checkContainer, containerSpec } from './containerSpec.ts';
import { checkGpu, gpuSpec, GpuTable } from './gpu.ts';
import { checkImage, imageSpec, ImageTable } from './image.ts';
import { keysOf } from './keys.ts';
import { addressOf } from './kinds.ts';
import type { Address, Kind, SpecByKind } from './manifest.ts';
import { networkSpec, NetworkTable } from './network.ts';
import { checkNetwork } from './networkChecks.ts';
import type { FolderAt } from './paths.ts';
import type { Path, Problem, TableProblem } from './problem.ts';
import { readTable, type TableRead } from './readTable.ts';
import type { RawTable } from './table.ts';
import { VmTable } from './vm.ts';
import { checkVm } from './vmChecks.ts';
import { vmSpec } from './vmSpec.ts';
import { checkVolume, volumeSpec, VolumeTable } from './volume.ts';

/** A resource as it is read, before its references are looked up. */
interface DraftOf<K extends Kind> {
  readonly kind: K;
  readonly name: string;
  readonly address: Address;
  readonly spec: SpecByKind[K];
  /** As written. */
  readonly depends_on: readonly string[];
  readonly policy?: Policy;
  /** Keys that are wrong: checks that need one of them are left out. */
  readonly broken: ReadonlySet<string>;
  /** The resource that it is there for, when it is not declared itself. */
  readonly impliedBy?: Address;
}

export type NetworkDraft = DraftOf<'network'>;
export type VolumeDraft = DraftOf<'volume'>;
export type ImageDraft = DraftOf<'image'>;
export type ContainerDraft = DraftOf<'container'>;
export type VmDraft = DraftOf<'vm'>;
export type GpuDraft = DraftOf<'gpu'>;
/** What can be on a network, with an address and a name. */
export type MemberDraft = ContainerDraft | VmDraft;
export type Draft = { [K in Kind]: DraftOf<K> }[Kind];

export interface DraftRead {
  readonly draft: Draft | undefined;
  readonly problems: readonly Problem[];
}

/** One table `[kind.name]`. */
export function readDraft(
  kind: Kind,
  name: string,
  raw: RawTable,
  { folderAt, filledIn }: { readonly folderAt: FolderAt; readonly filledIn: readonly Path[] },
): DraftRead {
  const address = addressOf(kind, name);
  switch (kind) {
    case 'network': {
      const read = readTable(NetworkTable, raw, { kind, name, filledIn, standIns: {} });
      return finish(read, checkNetwork, ({ table, broken }) => {
        return { kind, name, address, spec: networkSpec(name, table), ...commonOf(table), broken };
      });
    }
    case 'volume': {
      const read = readTable(VolumeTable, raw, { kind, name, filledIn, standIns: {} });
      return finish(read, checkVolume, ({ table, broken }) => {
        return { kind, name, address, spec: volumeSpec(table), ...commonOf(table), broken };
      });
    }
    case 'image': {
      const read = readTable(ImageTable, raw, { kind, name, filledIn, standIns: {} });
      return finish(read, checkImage, ({ table, broken }) => {
        return { kind, name, address, spec: imageSpec(folderAt, table), ...commonOf(table), broken };
      });
    }
    case 'gpu': {
      const read = readTable(GpuTable, raw, { kind, name, filledIn, standIns: {} });
      return finish(read, checkGpu, ({ table, broken }) => {
        return { kind, name, address, spec: gpuSpec(folderAt, table), ...commonOf(table), broken };
      });
    }
    case 'container': {
      const read = readTable(ContainerTable, raw, { kind, name, filledIn, standIns: { capsule: '/' } });
      return finish(read, checkContainer, ({ table, broken }) => {
        return {
          kind,
          name,
          address,
          spec: containerSpec(name, folderAt, table),
          ...commonOf(table),
          broken,
        };
      });
    }
    case 'vm': {
      const read = readTable(VmTable, raw, { kind, name, filledIn, standIns: {} });
      return finish(read, checkVm, ({ table, broken }) => {
        return { kind, name, address, spec: vmSpec(folderAt, table), ...commonOf(table), broken };
      });
    }
  }
}

export function isMember(draft: Draft): draft is MemberDraft {
  return draft.kind === 'container' || draft.kind === 'vm';
}

function finish<Table>(
  { table, broken, problems }: TableRead<Table>,
  check: (table: Table) => readonly TableProblem[],
  complete: (read: { readonly table: Table; readonly broken: ReadonlySet<string> }) => Draft,
): DraftRead {
  if (table === undefined) return { draft: undefined, problems };
  const draft = complete({ table, broken });
  const between = [...check(table), ...checkCommon(draft.kind, draft, keysOf), ...checkBeside(draft)]
    .filter(
      ({ path, involves = [] }) => ![...path.slice(0, 1), ...involves].some((key) => broken.has(String(key))),
    )
    .map(({ involves: _, ...problem }) => ({ ...problem, path: [draft.kind, draft.name, ...problem.path] }));
  return { draft, problems: [...problems, ...between] };
}
