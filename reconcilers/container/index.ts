import type { ContainerSpec } from '../../schema/container.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies, Outputs, Reconciler } from '../reconciler.ts';
import { memberAddresses } from '../network/dnsmasq/memberRecord.ts';
import { type Unbuilt, unbuiltKeys } from '../unbuilt.ts';
import { converge } from './converge.ts';
import { describe } from './describe.ts';
import { diff } from './diff.ts';
import { diffForget } from './diffGone.ts';
import { unbuiltNics } from './nics.ts';
import { observe } from './observe.ts';
import { ready } from './ready.ts';
import type { ContainerSeen } from './seen.ts';
import { marks } from './strays.ts';
import type { ContainerStep } from './step.ts';

/** Capsules: OCI containers on a network, watched by conmon. */
export const container: Reconciler<'container', ContainerSeen, ContainerStep> = {
  kind: 'container',
  uses: ['network', 'volume', 'image', 'gpu'],
  requires: ({ capsule, network, ports, limits }) => [
    ...['ip', 'nsenter', 'net-admin', 'conmon', 'oci-runtime', 'overlayfs', 'cgroup2'],
    ...(capsule.type === 'registry' ? ['umoci'] : []),
    ...(limits.io === undefined ? [] : ['io-limit']),
    ...(network === undefined && ports.length === 0 ? [] : ['nft']),
  ],
  unbuilt,
  marks,
  observe,
  diff,
  forget: diffForget,
  converge,
  ready,
  asks: ({ health }) => health !== undefined,
  outputs,
  outputNames: ['ip', 'ip6', 'name', 'pid'],
  describe,
  power: ({ phase }) =>
    phase === 'running' ? 'on' : phase === 'gone' || phase === 'exited' ? 'off' : 'between',
};

function unbuilt(spec: ContainerSpec, deps?: Pick<Dependencies, 'spec'>): readonly Unbuilt[] {
  return [
    ...unbuiltKeys(spec, ['tmpfs', 'read_only', 'network.mac', 'devices', 'capabilities', 'limits.disk']),
    ...unbuiltNics(spec, deps),
  ];
}

function outputs(
  { address, name }: Resource<'container'>,
  seen: ContainerSeen | undefined,
  deps: Dependencies,
): Outputs {
  const { ip, ip6 } = memberAddresses(address, deps);
  return {
    name,
    ...(ip === undefined ? {} : { ip }),
    ...(ip6 === undefined ? {} : { ip6 }),
    ...(seen?.process === undefined ? {} : { pid: seen.process.pid }),
  };
}
