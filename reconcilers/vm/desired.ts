import { imageAddress } from '../../schema/imageSource.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { ImageSource } from '../../schema/vm.ts';
import type { Accelerator } from '../host/view.ts';
import { identityOf, macOf } from '../identity.ts';
import { needsDnsmasq } from '../network/dnsmasq/dnsmasqConf.ts';
import { isMacvlan, sharedLink } from '../network/macvlan.ts';
import {
  dhcpHost,
  memberAddresses,
  type MemberAddresses,
  memberRecord,
} from '../network/dnsmasq/memberRecord.ts';
import { bridgeName } from '../network/names.ts';
import { memberFile, networkPaths } from '../network/paths.ts';
import type { Place } from '../place.ts';
import type { Dependencies } from '../reconciler.ts';
import { fillIn } from '../templates.ts';
import { credentialFiles } from './credentials.ts';
import { vmPaths } from './paths.ts';
import { desiredPassed, hasPorts } from './passed.ts';
import type { Hardware } from './qemuArgs.ts';
import type { GpusSeen, Placed } from './seen.ts';

/** How a machine is connected. */
export interface DesiredNetwork {
  /** The bridge; of a macvlan the link of the host that its own lies over. */
  readonly bridge: string;
  /** It is on no bridge, but shares a link of the host. */
  readonly macvlan?: true;
  /** What the bridge was called and is called: a member of it stays one when it is renamed. */
  readonly bridges: readonly string[];
  /** bytes */
  readonly mtu: number;
  readonly ips: MemberAddresses;
  /** What its DHCP server is told of it; undefined on a network without one. */
  readonly reservation: Placed | undefined;
  /** Its DNS record; undefined on a network without DNS. */
  readonly record: Placed | undefined;
}

/** Pure: how it should be connected; undefined: not at all. */
export function desiredNetwork(
  { scope, project, identity }: Place,
  { address, name: own, spec }: Resource<'vm'>,
  deps: Dependencies,
): DesiredNetwork | undefined {
  const name = spec.network?.name;
  const network = name === undefined ? undefined : deps.spec('network', name);
  if (name === undefined || network === undefined) return undefined;
  const ips = memberAddresses(address, deps);
  const text = memberRecord(own, network.domain, ips);
  const { hosts, dhcpHosts } = networkPaths(scope, identityOf(scope, project, `network.${name}`));
  return {
    ...(isMacvlan(network)
      ? { bridge: sharedLink(network), macvlan: true }
      : { bridge: bridgeName(scope, project, name) }),
    bridges: deps.bridges?.(name) ?? [],
    mtu: network.mtu,
    ips,
    reservation:
      text === '' || !needsDnsmasq(network)
        ? undefined
        : { path: memberFile(dhcpHosts, identity), text: dhcpHost(macOf(identity), ips, own) },
    record: text === '' || !network.dns ? undefined : { path: memberFile(hosts, identity), text },
  };
}

/** Pure: the file that a source stands for; undefined while the image is not known yet. */
export function fileOf(source: ImageSource, deps: Pick<Dependencies, 'outputs'>): string | undefined {
  if (source.type === 'path') return source.path;
  const path = deps.outputs(imageAddress(source.name))?.['path'];
  return path === undefined ? undefined : String(path);
}

/** Pure: what QEMU is to be started with; undefined while an image or a device is not known yet. */
export function desiredHardware(
  place: Place,
  resource: Resource<'vm'>,
  deps: Dependencies,
  accelerator: Accelerator,
  gpus?: GpusSeen,
): Hardware | undefined {
  const hardware = hardwareWithoutDevices(place, resource, deps, accelerator);
  const passed = desiredPassed(resource, { ...(gpus === undefined ? {} : { gpus }) }, deps);
  if (hardware === undefined || passed === undefined) return undefined;
  return hasPorts(resource) ? { ...hardware, passed } : hardware;
}

/** Pure: all of it but devices of the host; undefined while an image is not known yet. */
export function hardwareWithoutDevices(
  place: Place,
  resource: Resource<'vm'>,
  deps: Dependencies,
  accelerator: Accelerator,
): Hardware | undefined {
  const { cpu, memory, boot, image, network } = resource.spec;
  const kernel = boot && fileOf(boot.kernel, deps);
  const initrd = boot?.initrd && fileOf(boot.initrd, deps);
  if (boot !== undefined && (kernel === undefined || (boot.initrd !== undefined && initrd === undefined))) {
    return undefined;
  }
  const connected = network === undefined ? undefined : desiredNetwork(place, resource, deps);
  return {
    place,
    cpu,
    memory,
    accelerator,
    boot:
      boot === undefined || kernel === undefined
        ? undefined
        : { kernel, initrd, cmdline: fillIn(boot.cmdline, deps) },
    disk: image !== undefined,
    credentials: credentialFiles(vmPaths(place.scope, place.identity).credentials, resource.spec).map(
      ({ path }) => path,
    ),
    network: connected && { mtu: connected.mtu, macvtap: connected.macvlan === true },
  };
}
