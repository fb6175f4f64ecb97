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
    ...remove('link', 'link', seen.link !== undefined),
    ...remove('namespace', 'network namespace', seen.named),
    ...remove('root', 'mounted root', seen.root !== undefined),
    ...remove('files', 'files', true),
  ];
}
