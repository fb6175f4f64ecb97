import { containerPaths } from './paths.ts';
import type { ContainerSeen } from './seen.ts';
import { type ContainerStep, step } from './step.ts';

/** Pure: everything of a container that is not declared any more goes, in the order in which nothing misses it. */
export function diffGone(seen: ContainerSeen): readonly ContainerStep[] {
  const remove = (id: ContainerStep['id'], what: string, there: boolean): readonly ContainerStep[] =>
    there ? [step(id, `${what} of a container that is not declared`, [], { class: 'unmanaged' })] : [];
  return [
    ...remove('stop', 'processes', seen.busy),
    ...remove('ports', 'published ports', seen.rules.rules.length > 0),
    ...remove('record', 'DNS record', seen.records.length > 0),
    ...remove('nics', 'further links', (seen.nics ?? []).length > 0),
    ...remove('link', 'link', seen.link !== undefined),
    ...remove('namespace', 'network namespace', seen.named),
    ...remove('root', 'mounted root', seen.root !== undefined),
    ...remove('files', 'files', true),
  ];
}

/** Pure: what it takes to give it up; the reason says what stays. */
export function diffForget({ scope, identity, process }: ContainerSeen): readonly ContainerStep[] {
  const { cgroup, data } = containerPaths(scope, identity);
  const runs =
    process === undefined ? 'it does not run' : `process ${process.pid} goes on in cgroup ${cgroup}`;
  return [step('forget', `${runs}; its layer and its log stay in ${data}`, [], { class: 'unmanaged' })];
}
