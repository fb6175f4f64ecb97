import { parseSubnet } from '../../schema/cidr.ts';
import { parseSubnet6 } from '../../schema/cidr6.ts';
import type { ContainerSpec } from '../../schema/container.ts';
import type { Address, Resource } from '../../schema/manifest.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import { isSensitive, textOf } from '../../schema/sensitive.ts';
import type { DeviceNode } from '../gpu/parts.ts';
import { identityOf, markOf, namespaceName } from '../identity.ts';
import { attachmentsOf } from '../network/attachments.ts';
import { hostAddresses, waysOut } from '../network/addresses/hostAddresses.ts';
import { isMacvlan, sharedLink } from '../network/macvlan.ts';
import { memberAddresses, type MemberAddresses, memberRecord } from '../network/dnsmasq/memberRecord.ts';
import { bridgeName } from '../network/names.ts';
import { memberFile, networkPaths } from '../network/paths.ts';
import type { Rule } from '../network/rules/ruleset.ts';
import { placeOf as resourcePlaceOf } from '../place.ts';
import type { Dependencies } from '../reconciler.ts';
import { addressOfEntry, projectFolder, volumePath } from '../volume/place.ts';
import { etcFiles, type EtcFiles } from './etcFiles.ts';
import type { Given } from './given.ts';
import { ociConfig } from './ociConfig.ts';
import type { Bind } from './ociMounts.ts';
import { containerPaths } from './paths.ts';
import { portRules, portRules6 } from '../network/rules/portRules.ts';
import { argsOf, type Image } from './readImage.ts';
import type { ContainerSeen, Place } from './seen.ts';
import { type SecretFile, secretFiles } from './secretFiles.ts';
import { fillIn } from '../templates.ts';

/** How a capsule is connected. */
export interface DesiredNetwork {
  /** The bridge; of a macvlan the link of the host that its own lies over. */
  readonly bridge: string;
  /** It is on no bridge, but shares a link of the host. */
  readonly macvlan?: true;
  /** What the bridge was called and is called: a member of it stays one when it is renamed. */
  readonly bridges: readonly string[];
  /** bytes */
  readonly mtu: number;
  /**
   * Where bridged packets pass the packet filter (br_netfilter), a published port is translated on the bridge: who uses its
   * own gets it back by the port that it came from.
   */
  readonly hairpin: boolean;
  /** Undefined on a network without a subnet. */
  readonly address: Given | undefined;
  /** Undefined on one without `subnet6`. */
  readonly address6: Given | undefined;
}

/** Pure: how it should be connected; undefined: only loopback. */
export function desiredNetwork(
  place: Place,
  resource: Resource<'container'>,
  deps: Dependencies,
): DesiredNetwork | undefined {
  const name = resource.spec.network?.name;
  const network = name === undefined ? undefined : deps.spec('network', name);
  if (name === undefined || network === undefined) return undefined;
  const { scope, project } = place;
  const ips = memberAddresses(resource.address, deps);
  return {
    ...(isMacvlan(network)
      ? { bridge: sharedLink(network), macvlan: true }
      : { bridge: bridgeName(scope, project, name) }),
    bridges: deps.bridges?.(name) ?? [],
    mtu: network.mtu,
    hairpin: resource.spec.ports.length > 0 || leadsTo(network.forwards, resource.address),
    ...placesIn(network, ips),
  };
}

/** Pure: its DNS records, by path: one in each network with DNS in which it has an address. */
export function desiredRecords(
  { scope, project, identity }: Place,
  { address, name, spec }: Resource<'container'>,
  deps: Dependencies,
): ContainerSeen['records'] {
  const records = attachmentsOf(spec).flatMap(({ network }) => {
    const of = deps.spec('network', network);
    if (of?.dns !== true) return [];
    const text = memberRecord(name, of.domain, memberAddresses(address, deps, network));
    const { hosts } = networkPaths(scope, identityOf(scope, project, `network.${network}`));
    return text === '' ? [] : [{ path: memberFile(hosts, identity), text }];
  });
  return records.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Its addresses with the ways out: members of a network that leads nowhere have none. */
function placesIn(
  network: NetworkSpec,
  { ip, ip6 }: MemberAddresses,
): Pick<DesiredNetwork, 'address' | 'address6'> {
  const [subnet, subnet6] = [parseSubnet(network.subnet ?? ''), parseSubnet6(network.subnet6 ?? '')];
  const { way, way6 } = waysOut(network);
  return {
    address:
      subnet === undefined || ip === undefined ? undefined : { ip, prefix: subnet.prefix, gateway: way },
    address6:
      subnet6 === undefined || ip6 === undefined
        ? undefined
        : { ip: ip6, prefix: subnet6.prefix, gateway: way6 },
  };
}

/** A forward of its network leads to it. */
function leadsTo(forwards: NetworkSpec['forwards'] = [], address: Address): boolean {
  return forwards.some(({ to }) => to === address);
}

/** Pure: the rules that publish its ports. */
export function desiredRules(resource: Resource<'container'>, deps: Dependencies): readonly Rule[] {
  const ip = deps.ip(resource.address);
  const ip6 = deps.ip6?.(resource.address);
  const { ports } = resource.spec;
  return [
    ...(ip === undefined ? [] : portRules(ports, ip)),
    ...(ip6 === undefined ? [] : portRules6(ports, ip6)),
  ];
}

/** What a capsule is started with. */
export interface DesiredBundle {
  readonly config: string;
  readonly etcFiles: EtcFiles;
  readonly secretFiles: readonly SecretFile[];
}

/** Pure: undefined while the image has not been unpacked and a user's number cannot be looked up. */
export function desiredBundle(
  place: Place,
  resource: Resource<'container'>,
  image: Image,
  deps: Dependencies,
): DesiredBundle | undefined {
  const { spec, name } = resource;
  const { scope, identity } = place;
  if (image.user === undefined) return undefined;
  const paths = containerPaths(scope, identity);
  const etc = etcFiles(spec, name, ofNetwork(resource, deps));
  const fill = (text: string): string => fillIn(text, deps);
  const env = { PATH: defaultPath, ...image.config.env, ...valuesOf(spec.env, fill) };
  const files = secretFiles(paths.files, spec);
  const config = ociConfig({
    mark: markOf(place),
    args: argsOf(spec, image.config).map(fill),
    env,
    workdir: spec.workdir ?? image.config.workdir ?? '/',
    user: image.user,
    hostname: spec.hostname,
    rootfs: paths.rootfs,
    netns: `/run/netns/${namespaceName(scope, identity)}`,
    cgroup: paths.capsuleCgroup,
    devices: devicesOf(resource, deps),
    limits: { memory: undefined, cpu: undefined, pids: undefined, ...spec.limits },
    volumes: binds(place, resource),
    etc: paths.etc,
    etcFiles: etc,
    secretEnv: Object.keys(spec.env).filter((name) => isSensitive(spec.env[name])),
    secretFiles: files,
    architecture: place.architecture,
  });
  return { config, etcFiles: etc, secretFiles: files };
}

/** Nodes of the devices that it is given, each once; those that are not there yet come when they are. */
function devicesOf({ spec }: Resource<'container'>, deps: Dependencies): readonly DeviceNode[] {
  const found = (spec.gpus ?? []).flatMap(({ name, vf }) => {
    const parts = deps.gpu?.(name);
    const devices = vf === undefined ? parts?.card : parts?.functions.slice(vf, vf + 1);
    return (devices ?? []).flatMap(({ address }) => parts?.nodes[address] ?? []);
  });
  return [...new Map(found.map((node) => [node.path, node])).values()];
}

export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Volumes and folders of the host, as they are mounted. */
export function binds({ scope, project }: Place, { spec }: Resource<'container'>): readonly Bind[] {
  return spec.volumes.map(({ source, target, readonly }) => ({
    source: source.type === 'path' ? source.path : volumePath(scope, project, source.name),
    target,
    readonly,
  }));
}

/** What the NovaFile calls the source of a bind mount; undefined for generated files. */
export function nameOfSource({ scope, project, identity }: Place): (source: string) => string | undefined {
  const volumes = `${projectFolder(scope, project)}/`;
  const { etc, files } = containerPaths(scope, identity);
  return (source) => {
    if (source.startsWith(`${etc}/`) || source.startsWith(`${files}/`)) return undefined;
    return source.startsWith(volumes)
      ? addressOfEntry(scope, source.slice(volumes.length)).slice('volume.'.length)
      : source;
  };
}

/** Its network with an address that the network's DNS server has. */
function ofNetwork({ spec }: Resource<'container'>, deps: Dependencies): Parameters<typeof etcFiles>[2] {
  const network = spec.network && deps.spec('network', spec.network.name);
  return network && { spec: network, gateway: hostAddresses(network)[0] };
}

/** What comes from a place for secrets is taken as it is. */
function valuesOf(env: ContainerSpec['env'], fill: (text: string) => string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      const text = textOf(value);
      return [name, isSensitive(value) && !value.written ? text : fill(text)];
    }),
  );
}

export function placeOf(
  host: Pick<Place, 'scope' | 'project'>,
  address: Address,
  architecture: string,
): Place {
  return { ...resourcePlaceOf(host, address), architecture };
}
