import type { Address, Resource } from '../../schema/manifest.ts';
import type { Dependencies } from '../reconciler.ts';

/** The containers and machines that are declared to be on a network. @param network its address, as `network.lan` */
export function membersOf(
  network: Address,
  deps: Pick<Dependencies, 'members'>,
): readonly (Resource<'container'> | Resource<'vm'>)[] {
  return deps.members?.(network.slice('network.'.length)) ?? [];
}
