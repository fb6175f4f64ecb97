import { contains, parseIp, parseSubnet } from '../../schema/cidr.ts';
import { contains6, parseIp6, parseSubnet6 } from '../../schema/cidr6.ts';
import type { Address, Kind, Manifest, Resource, SpecByKind } from '../../schema/manifest.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import { allAddresses as addressesOfContainer } from '../../reconcilers/container/address.ts';
import { partsOf } from '../../reconcilers/gpu/parts.ts';
import { allocateAddresses } from '../../reconcilers/network/addresses/addresses.ts';
import { allocateAddresses6 } from '../../reconcilers/network/addresses/addresses6.ts';
import { type Attachment, attachmentsOf } from '../../reconcilers/network/attachments.ts';
import { currentBridge } from '../../reconcilers/network/currentBridge.ts';
import type { MemberAddresses } from '../../reconcilers/network/dnsmasq/memberRecord.ts';
import type { Dependencies, Outputs } from '../../reconcilers/reconciler.ts';
import { registry } from '../../reconcilers/registry.ts';
import { currentAddresses as addressesOfVm } from '../../reconcilers/vm/address.ts';

/** What was seen of a resource last; undefined when it is absent, or could not be read. */
export interface LastSeen {
  (address: Address): unknown;
  /** Everything that is there: also what leaves a network, or goes, has its address on it until then. */
  readonly others?: readonly unknown[];
}

/**
 * What reconcilers may know about the rest of the project. Addresses on networks are dealt out once, so that a run
 * and its plan agree; outputs follow what was seen last.
 */
export function dependenciesOf(manifest: Manifest, lastSeen: LastSeen): Dependencies {
  const byAddress = new Map<Address, Resource>(
    manifest.resources.map((resource) => [resource.address, resource]),
  );
  const addresses = dealAddresses(manifest, lastSeen);
  const members = new Map(
    [...byNetwork(manifest)].map(([network, places]) => [network, places.map(({ member }) => member)]),
  );
  const networks = ofKind(manifest, 'network');
  // Members may still be seen on it under the name that it had.
  const bridges = new Map(networks.map(({ name, address }) => [name, currentBridge(lastSeen(address))]));
  const dependencies: Dependencies = {
    spec: <K extends Kind>(kind: K, name: string) => {
      const resource = byAddress.get(`${kind}.${name}`);
      return resource === undefined ? undefined : (resource.spec as SpecByKind[K]);
    },
    outputs: (address): Outputs | undefined => {
      const resource = byAddress.get(address);
      return resource && registry[resource.kind].outputs(resource, lastSeen(address), dependencies);
    },
    ip: (address, network) => addresses(address, network)?.ip,
    ip6: (address, network) => addresses(address, network)?.ip6,
    networks: () => networks,
    members: (network) => members.get(network) ?? [],
    gpu: (name) => {
      const resource = byAddress.get(`gpu.${name}`) as Resource<'gpu'> | undefined;
      return partsOf(lastSeen(`gpu.${name}`), resource);
    },
    bridges: (network) => {
      const now = currentBridge(lastSeen(`network.${network}`));
      const before = bridges.get(network);
      return [before, now].filter((name) => name !== undefined);
    },
  };
  return dependencies;
}

/** What was dealt to a member on a network; default: on its first. */
type Dealt = (address: Address, network?: string) => MemberAddresses | undefined;

function dealAddresses(manifest: Manifest, lastSeen: LastSeen): Dealt {
  const dealt = new Map<string, MemberAddresses>();
  const others = (lastSeen.others ?? []).flatMap((seen) => [
    ...addressesOfContainer(seen),
    addressesOfVm(seen),
  ]);
  const known = { ip: others.flatMap(({ ip }) => ip ?? []), ip6: others.flatMap(({ ip6 }) => ip6 ?? []) };
  const places = byNetwork(manifest);
  for (const { name, spec } of ofKind(manifest, 'network')) {
    if (spec.subnet === undefined && spec.subnet6 === undefined) continue;
    const members = (places.get(name) ?? []).map(({ member, wanted }) => ({
      member,
      wanted,
      current: currentOf(member, lastSeen),
    }));
    if (members.length === 0) continue;
    const ofFamily = (family: 'ip' | 'ip6') =>
      members.map(({ member: { address }, wanted, current }) => ({
        address,
        wanted: wanted[family],
        current: isIn(spec, family, current),
      }));
    const four = allocateAddresses(spec, ofFamily('ip'), known.ip);
    const six = allocateAddresses6(spec, ofFamily('ip6'), known.ip6);
    for (const { member } of members)
      dealt.set(`${member.address} ${name}`, { ip: four.get(member.address), ip6: six.get(member.address) });
  }
  const first = new Map(membersIn(manifest).map(({ address, spec }) => [address, spec.network?.name]));
  return (address, network = first.get(address)) => dealt.get(`${address} ${network}`);
}

/** All that it has now, on whichever network. */
function currentOf(
  { kind, address }: Pick<Resource, 'kind' | 'address'>,
  lastSeen: LastSeen,
): readonly MemberAddresses[] {
  const seen = lastSeen(address);
  return kind === 'vm' ? [addressesOfVm(seen)] : addressesOfContainer(seen);
}

/** The first of them that is one of a network's. */
function isIn(
  { subnet, subnet6 }: NetworkSpec,
  family: 'ip' | 'ip6',
  addresses: readonly MemberAddresses[],
): string | undefined {
  const [four, six] = [parseSubnet(subnet ?? ''), parseSubnet6(subnet6 ?? '')];
  return addresses
    .flatMap((each) => each[family] ?? [])
    .find((text) => {
      const [ip, ip6] = [parseIp(text), parseIp6(text)];
      if (family === 'ip') return four !== undefined && ip !== undefined && contains(four, ip);
      return six !== undefined && ip6 !== undefined && contains6(six, ip6);
    });
}

/** Who is on each network, with what it asks for there; by the network's name, in the order of the manifest. */
function byNetwork(manifest: Manifest): ReadonlyMap<string, readonly Membership[]> {
  const all = membersIn(manifest).flatMap((member) =>
    attachmentsOf(member.spec).map((wanted) => ({ member, wanted })),
  );
  return Map.groupBy(all, ({ wanted }) => wanted.network);
}

interface Membership {
  readonly member: Resource<'container'> | Resource<'vm'>;
  readonly wanted: Attachment;
}

function membersIn(manifest: Manifest): readonly (Resource<'container'> | Resource<'vm'>)[] {
  return [...ofKind(manifest, 'container'), ...ofKind(manifest, 'vm')];
}

function ofKind<K extends Kind>(manifest: Manifest, kind: K): readonly Resource<K>[] {
  return manifest.resources.filter((resource): resource is Resource<K> => resource.kind === kind);
}
