import type { Resource } from '../../schema/manifest.ts';
import type { VmSpec } from '../../schema/vm.ts';
import { macOf } from '../identity.ts';
import type { Dependencies, Outputs, Reconciler } from '../reconciler.ts';
import { memberAddresses } from '../network/dnsmasq/memberRecord.ts';
import { placeOf } from '../place.ts';
import { type Unbuilt, unbuiltKeys } from '../unbuilt.ts';
import { converge } from './converge.ts';
import { describe } from './describe.ts';
import { diff } from './diff.ts';
import { diffForget } from './diffGone.ts';
import { observe } from './observe.ts';
import { ready } from './ready.ts';
import type { VmSeen } from './seen.ts';
import { marks } from './strays.ts';
import type { VmStep } from './step.ts';

/** Virtual machines: QEMU on a TAP, with a disk over an image, spoken to by its machine protocol. */
export const vm: Reconciler<'vm', VmSeen, VmStep> = {
  kind: 'vm',
  uses: ['network', 'image', 'gpu'],
  requires: ({ image, network, accel }) => [
    ...['nsenter', 'net-admin', 'qemu', 'cgroup2'],
    ...(image === undefined ? [] : ['qemu-img']),
    ...(network === undefined ? [] : ['ip', 'tap']),
    ...(accel === 'kvm' ? ['kvm'] : []),
  ],
  unbuilt,
  marks,
  observe,
  diff,
  forget: diffForget,
  converge,
  ready,
  // What a console has printed once it has printed.
  asks: ({ probe }) => probe !== undefined && probe.serial === undefined,
  outputs,
  outputNames: ['ip', 'ip6', 'mac', 'name', 'pid', 'accelerator'],
  describe,
  power: ({ phase, busy }) => {
    if (phase === 'running') return 'on';
    return phase === 'off' && !busy ? 'off' : 'between';
  },
};

function unbuilt(spec: VmSpec): readonly Unbuilt[] {
  const { machine } = spec;
  // What a machine of that sort has is not built either.
  const made =
    machine === undefined
      ? unbuiltKeys(spec, ['firmware', 'secure_boot', 'tpm'])
      : [{ path: 'machine', what: `machines of type ${machine} are not built yet` }];
  return [
    ...made,
    ...unbuiltKeys(spec, [
      'disks',
      'network.mac',
      'nics',
      'shares',
      'vsock',
      'vnc',
      'cloud_init',
      'ssh',
      'snapshots',
    ]),
  ];
}

function outputs(
  { address, name, spec }: Resource<'vm'>,
  seen: VmSeen | undefined,
  deps: Dependencies,
): Outputs {
  const { ip, ip6 } = memberAddresses(address, deps);
  const accelerator = spec.accel === 'auto' ? (seen?.runs?.accel ?? seen?.accelerator) : spec.accel;
  return {
    name,
    ...(ip === undefined ? {} : { ip }),
    ...(ip6 === undefined ? {} : { ip6 }),
    ...(seen === undefined || spec.network === undefined
      ? {}
      : { mac: macOf(placeOf(seen, address).identity) }),
    ...(seen?.process === undefined ? {} : { pid: seen.process.pid }),
    ...(accelerator === undefined ? {} : { accelerator }),
  };
}
