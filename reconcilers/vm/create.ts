import type { Resource } from '../../schema/manifest.ts';
import { needsDnsmasq } from '../network/dnsmasq/dnsmasqConf.ts';
import { memberAddresses } from '../network/dnsmasq/memberRecord.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import { fillIn } from '../templates.ts';
import { fileOf } from './desired.ts';
import { diffOwnDevices } from './diffGpus.ts';
import { diffMediated } from './mediated.ts';
import { desiredPassed, hasPorts } from './passed.ts';
import type { VmSeen } from './seen.ts';
import { step, type VmStep } from './step.ts';

/** Pure: every step of a machine of which nothing is there. */
export function create(
  resource: Resource<'vm'>,
  deps: Dependencies,
  seen: Pick<VmSeen, 'gpus'> = {},
): readonly VmStep[] {
  const { spec, address } = resource;
  const network = spec.network === undefined ? undefined : deps.spec('network', spec.network.name);
  const { ip, ip6 } = memberAddresses(address, deps);
  const addressed = ip !== undefined || ip6 !== undefined;
  const missing = (id: VmStep['id'], reason: string, ...changes: readonly FieldChange[]): VmStep =>
    step(id, reason, changes, { class: 'missing' });
  const served = network !== undefined && addressed && needsDnsmasq(network);
  const ips = [
    ...(ip === undefined ? [] : [added('ip', ip)]),
    ...(ip6 === undefined ? [] : [added('ip6', ip6)]),
  ];
  return [
    missing('owner', 'there is no such machine'),
    ...(network === undefined
      ? []
      : [missing('link', 'it is not connected', added('network', spec.network?.name))]),
    ...(served ? [missing('reservation', 'it has no address', ...ips)] : []),
    ...(!addressed || network?.dns !== true ? [] : [missing('record', 'its name is not known')]),
    ...(spec.image === undefined
      ? []
      : [missing('disk', 'it has no disk', added('image', fileOf(spec.image, deps)))]),
    ...diffOwnDevices(resource, seen, deps),
    ...diffMediated(resource, seen, deps),
    ...(spec.state === 'stopped'
      ? []
      : [
          missing(
            'start',
            'it does not run',
            added('cpu', spec.cpu),
            added('memory', spec.memory),
            ...bootOf(resource, deps),
            ...devicesOf(resource, seen, deps),
          ),
        ]),
  ];
}

function bootOf({ spec: { boot } }: Resource<'vm'>, deps: Dependencies): readonly FieldChange[] {
  if (boot === undefined) return [];
  return [
    added('boot.kernel', fileOf(boot.kernel, deps)),
    ...(boot.initrd === undefined ? [] : [added('boot.initrd', fileOf(boot.initrd, deps))]),
    ...(boot.cmdline === '' ? [] : [added('boot.cmdline', fillIn(boot.cmdline, deps))]),
  ];
}

function devicesOf(
  resource: Resource<'vm'>,
  seen: Pick<VmSeen, 'gpus'>,
  deps: Dependencies,
): readonly FieldChange[] {
  if (!hasPorts(resource)) return [];
  const passed = desiredPassed(resource, seen, deps);
  return [added('gpu_passthrough', passed?.map(({ address }) => address).join(', '))];
}

function added(path: string, after: unknown): FieldChange {
  return { path, before: undefined, after };
}
