import type { Resource } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import type { Observations } from '../reconciler.ts';
import type { GpuSeen } from './seen.ts';

/** Nothing is looked at yet, as nothing can be made: see `unbuilt` in `index.ts`. */
export async function observe(
  _view: HostView,
  wanted: readonly Resource<'gpu'>[],
): Promise<Observations<GpuSeen>> {
  return {
    wanted: new Map(wanted.map(({ address }) => [address, { status: 'absent' }])),
    strays: new Map(),
    intruders: [],
  };
}
