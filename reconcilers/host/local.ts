import { parseMark, type Scope } from '../identity.ts';
import { createAcceleratorChoice } from './accelerator.ts';
import { localCgroups } from './cgroups.ts';
import { systemClock } from './clock.ts';
import type { Recorder } from './commandRecord.ts';
import { createCommandRunner } from './commandRunner.ts';
import { createDisks } from './disks.ts';
import { onFile } from './fileErrors.ts';
import { createFiles } from './files.ts';
import { createFilter } from './filter.ts';
import type { Host, HostView } from './host.ts';
import { createImages } from './images.ts';
import { writeIoLimit } from './ioLimit.ts';
import { createLinks } from './links.ts';
import { createViews } from './localView.ts';
import { findMissing } from './missing.ts';
import { createMounts } from './mounts.ts';
import { createNamespaces } from './namespaces.ts';
import { createPci } from './pci/localPci.ts';
import { createProbe } from './probe.ts';
import { createProcesses } from './processes.ts';
import { localQmp } from './qmp.ts';
import { emptyWork } from './recovery.ts';
import { createReader } from './reader.ts';
import { createRegistry } from './registry.ts';
import { createRuntime } from './runtime.ts';
import { createRuntimeChoice, type Trials, trialsInMemory } from './runtimeChoice.ts';
import { createTrees } from './trees.ts';
import { createSysctls, type Originals } from './sysctls.ts';
import { createUplinks } from './uplinks.ts';
import { tablesQuestion } from './viewTables.ts';
import { workCgroupOf, workFolderOf } from './workCgroup.ts';

export { runtimeExec } from './runtimeExec.ts';
export { runtimeExecPiped } from './runtimeExecPiped.ts';
export { examineMachine } from './examine.ts';

interface LocalOptions {
  readonly scope: Scope;
  readonly project: string;
  /** Told of every command before it runs; default: the file that NOVA_COMMAND_LOG names. */
  readonly recorder?: Recorder;
}

/**
 * This machine, for one project of one scope. `close` ends what it still has at work and takes away its cgroup.
 * Whoever makes one has the project's lock.
 */
export function createLocalHost(
  options: LocalOptions & { readonly originals: Originals; readonly trials?: Trials },
): Host & { close(): Promise<void> } {
  const { scope, project, recorder, originals, trials = trialsInMemory() } = options;
  const runner = createCommandRunner(workCgroupOf(scope, project), recorder, workFolderOf(scope, project));
  const choose = createRuntimeChoice(scope, project, runner, trials);
  const accelerator = createAcceleratorChoice(scope, project, runner);
  const links = createLinks(runner, scope.namespace);
  const tables = createReader(runner.recorder, scope.namespace, tablesQuestion);
  const view = createViews(scope, project, runner, tables);
  const probe = createProbe(scope, runner);
  const files = createFiles(runner, scope.run);
  const processes = createProcesses(scope, runner);
  return {
    scope,
    project,
    clock: systemClock,
    view,
    links,
    uplinks: createUplinks({ scope, project, links, files, processes, view }),
    filter: createFilter(runner, scope.namespace),
    namespaces: createNamespaces(runner, links),
    files,
    trees: createTrees(runner),
    mounts: createMounts(runner),
    cgroups: {
      ...localCgroups,
      limitIo: (path, limit) =>
        onFile(`cannot limit the disk of ${path}`, () => writeIoLimit(path, scope.data, limit)),
    },
    processes,
    runtime: createRuntime(scope, runner, choose),
    sysctls: createSysctls({
      scope,
      project,
      runner,
      originals,
      read: (key) => view().sysctl(key),
      shared: async () => (await view().links()).some(({ alias }) => isOfAnother(scope, alias)),
    }),
    images: createImages(scope, runner),
    registry: createRegistry(scope, runner),
    probe,
    disks: createDisks(runner),
    qmp: localQmp,
    pci: createPci({ scope, project, runner, originals }),
    accelerator: async () => (await accelerator()).choice,
    missing: (capabilities) => findMissing(capabilities, { runtime: choose, accelerator, data: scope.data }),
    close: () => {
      tables.close();
      probe.close();
      return emptyWork(scope, project);
    },
  };
}

function isOfAnother(scope: Scope, alias: string | undefined): boolean {
  const mark = parseMark(alias);
  return mark !== undefined && mark.scope !== scope.id;
}

/** This machine to look at; nothing that it can be asked changes anything. */
export function createLocalView({ scope, project, recorder }: LocalOptions): HostView {
  return createViews(scope, project, createCommandRunner(undefined, recorder))();
}
