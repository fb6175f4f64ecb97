import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies } from '../reconciler.ts';
import { type Change, changesOf, field } from './diffAddress.ts';
import { type DesiredNic, desiredNics } from './nics.ts';
import { formatNic, type NicSeen } from './nicsSeen.ts';
import type { ContainerSeen } from './seen.ts';
import { type ContainerStep, step } from './step.ts';

/** Pure: its further networks. Each link for itself: what is as it should be is left alone. */
export function diffNics(
  resource: Resource<'container'>,
  seen: ContainerSeen,
  deps: Dependencies,
): readonly ContainerStep[] {
  const desired = desiredNics(seen, resource, deps);
  const { nics = [] } = seen;
  const superfluous = nics
    .filter(({ link }) => desired.every((nic) => nic.link !== link))
    .map(({ name, end }) => ({
      path: 'nics',
      before: `${name} on ${end?.master ?? 'no bridge'}`,
      after: undefined,
    }));
  const own = (nic: DesiredNic) => nics.find(({ link }) => link === nic.link);
  const changes = [...superfluous, ...desired.flatMap((nic) => nicChanges(nic, own(nic)))];
  if (changes.length > 0) return [step('nics', reasonOf(changes), changes)];
  const noted = desired.every((nic) => isNoted(nic, own(nic)));
  return noted ? [] : [step('nics', 'it is noted otherwise what its further networks are')];
}

/** Pure: whether both ends of a link are where they should be. */
export function isWhole(nic: NicSeen | undefined): nic is NicSeen & { readonly end: object } {
  return nic?.end !== undefined && nic.inside?.linked !== false;
}

/** Pure: what of one is otherwise; undefined `seen`: there is none. */
export function nicChanges(desired: DesiredNic, seen: NicSeen | undefined): readonly Change[] {
  const path = `nics.${desired.network}`;
  const { address, address6 } = desired;
  if (!isWhole(seen)) {
    return [
      { path, before: undefined, after: desired.bridge },
      ...field(`${path}.ip`, undefined, address?.ip),
      ...field(`${path}.ip6`, undefined, address6?.ip),
    ];
  }
  const { end, inside, given, given6 } = seen;
  const master =
    end.master !== undefined && desired.bridges.includes(end.master) ? desired.bridge : end.master;
  const of = (addresses: readonly string[] | undefined) =>
    inside && addresses && { addresses, prefixes: inside.prefixes, gateway: undefined };
  const addresses = [
    ...changesOf('', address, of(inside?.addresses), true, given),
    ...(address6 === undefined && given6 === undefined
      ? []
      : changesOf('6', address6, of(inside?.addresses6), true, given6)),
  ];
  return [
    ...field(path, end.up ? master : `${master ?? 'no bridge'}, down`, desired.bridge),
    ...field(`${path}.mtu`, end.mtu, desired.mtu),
    ...addresses.map((change) => ({ ...change, path: `${path}.${change.path}` })),
  ];
}

/** Pure: what is noted of it is what it is. */
export function isNoted({ address, address6 }: DesiredNic, seen: NicSeen | undefined): boolean {
  if (seen?.noted !== true) return false;
  const { name, given, given6 } = seen;
  return formatNic({ name, given, given6 }) === formatNic({ name, given: address, given6: address6 });
}

function reasonOf([first]: readonly Change[]): string {
  const [, network, part] = (first?.path ?? '').split('.');
  if (network === undefined) return 'it is on a network that it should not be on';
  if (part === undefined)
    return first?.before === undefined
      ? `it is not on network.${network}`
      : `its link to network.${network} is on ${first.before}`;
  const what = { ip: 'address', ip6: 'IPv6 address', mtu: 'mtu' }[part] ?? part;
  return first?.before === undefined
    ? `it has no ${what} on network.${network}`
    : `its ${what} on network.${network} is ${first.before}`;
}
