import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies, Outputs, Reconciler } from '../reconciler.ts';
import { converge } from './converge.ts';
import { describe } from './describe.ts';
import { diff } from './diff.ts';
import { observe } from './observe.ts';
import { ready } from './ready.ts';
import type { ContainerSeen } from './seen.ts';
import type { ContainerStep } from './step.ts';

/** Capsules: OCI containers on a network, watched by conmon. */
export const container: Reconciler<'container', ContainerSeen, ContainerStep> = {
  kind: 'container',
  uses: ['network', 'volume', 'image', 'gpu'],
  requires: ({ network, ports }) => [
    ...['ip', 'nsenter', 'net-admin', 'conmon', 'oci-runtime', 'overlayfs', 'cgroup2'],
    ...(network === undefined && ports.length === 0 ? [] : ['nft']),
  ],
  unbuilt: ({ capsule, gpus }) => {
    const devices =
      gpus === undefined ? [] : [{ path: 'gpus', what: 'containers with GPUs are not built yet' }];
    if (capsule.type !== 'registry') return devices;
    const what = `capsules from a registry (${capsule.reference}) come later; give a folder with a root, an OCI image layout, or a declared image`;
    return [{ path: 'capsule', what }, ...devices];
  },
  observe,
  diff,
  converge,
  ready,
  outputs,
  outputNames: ['ip', 'name', 'pid'],
  describe,
  power: ({ phase }) =>
    phase === 'running' ? 'on' : phase === 'gone' || phase === 'exited' ? 'off' : 'between',
};

function outputs(
  { address, name }: Resource<'container'>,
  seen: ContainerSeen | undefined,
  deps: Dependencies,
): Outputs {
  const ip = deps.ip(address);
  return {
    name,
    ...(ip === undefined ? {} : { ip }),
    ...(seen?.process === undefined ? {} : { pid: seen.process.pid }),
  };
}
