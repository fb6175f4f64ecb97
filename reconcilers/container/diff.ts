import type { Address, Resource } from '../../schema/manifest.ts';
import type { Dependencies } from '../reconciler.ts';
import { attachmentsOf } from '../network/attachments.ts';
import { memberAddresses } from '../network/dnsmasq/memberRecord.ts';
import { diffNetwork } from './diffNetwork.ts';
import { diffRun } from './diffRun.ts';
import { diffGone } from './diffGone.ts';
import { fieldsOf } from './fields.ts';
import type { ContainerSeen } from './seen.ts';
import { type ContainerStep, step, stepIds } from './step.ts';

/** Pure: what makes the host look like the NovaFile. */
export function diff(input: {
  readonly address: Address;
  readonly resource: Resource<'container'> | undefined;
  readonly seen: ContainerSeen | undefined;
  readonly deps: Dependencies;
}): readonly ContainerStep[] {
  const { resource, seen, deps } = input;
  if (resource === undefined) return seen === undefined ? [] : diffGone(seen);
  if (seen === undefined) return create(resource, deps);
  const moved =
    seen.was === undefined
      ? []
      : [step('moved', `it was ${seen.was}`, [{ path: 'address', before: seen.was, after: seen.address }])];
  const steps = [
    ...adopted(seen),
    ...moved,
    ...diffNetwork(resource, seen, deps),
    ...diffRun(resource, seen, deps),
  ];
  return steps.toSorted((a, b) => stepIds.indexOf(a.id) - stepIds.indexOf(b.id));
}

function adopted({ forgotten, address }: ContainerSeen): readonly ContainerStep[] {
  if (forgotten !== true) return [];
  const change = { path: 'adopts', before: undefined, after: 'the container that was given up' };
  return [step('adopt', `it was given up, and becomes ${address} again`, [change])];
}

function create(resource: Resource<'container'>, deps: Dependencies): readonly ContainerStep[] {
  const { spec } = resource;
  const fields = fieldsOf(resource, deps);
  const make = (id: ContainerStep['id'], reason: string, paths: RegExp): ContainerStep =>
    step(
      id,
      reason,
      fields.filter(({ path }) => paths.test(path)),
      { class: 'missing' },
    );
  const network = spec.network === undefined ? undefined : deps.spec('network', spec.network.name);
  const { ip, ip6 } = memberAddresses(resource.address, deps);
  const addressed = ip !== undefined || ip6 !== undefined;
  const named = attachmentsOf(spec).some((place) => {
    const on = memberAddresses(resource.address, deps, place.network);
    const known = on.ip !== undefined || on.ip6 !== undefined;
    return known && deps.spec('network', place.network)?.dns === true;
  });
  return [
    make('namespace', 'there is no such container', /^$/),
    ...(network === undefined ? [] : [make('link', 'it is not connected', /^network$/)]),
    ...(addressed ? [make('address', 'it has no address', /^ip6?$/)] : []),
    ...(spec.nics === undefined ? [] : [make('nics', 'it is not on its further networks', /^nics\./)]),
    ...(named ? [make('record', 'its name is not known', /^$/)] : []),
    ...(ip === undefined || spec.ports.length === 0
      ? []
      : [make('ports', 'its ports are not published', /^ports$/)]),
    make('root', 'it has no root', /^capsule$/),
    make(
      'bundle',
      'it is not configured',
      /^(command|env\..*|workdir|user|hostname|volumes|limits\..*|restart)$/,
    ),
    ...(spec.state === 'stopped' ? [] : [make('start', 'it does not run', /^$/)]),
  ];
}
