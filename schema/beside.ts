import type { ContainerSpec } from './containerSpec.ts';
import type { Policy } from './common.ts';
import type { Address, Kind } from './manifest.ts';
import type { TableProblem } from './problem.ts';
import type { VmSpec } from './vmSpec.ts';

/** Why two of a kind cannot stand beside each other. An image is always made before the one in force goes. */
const never: Partial<Record<Kind, string>> = {
  network: 'two networks cannot have one subnet, nor two bridges one name',
  volume: 'a volume is never replaced, only changed',
  gpu: 'there is only one of a device',
};

interface Told {
  readonly address: Address;
  readonly kind: Kind;
  readonly spec: object;
  readonly policy?: Policy;
}

/** Pure: `create_before_destroy` where it cannot be had, as one of the two would have to do without something. */
export function checkBeside({ address, kind, spec, policy }: Told): readonly TableProblem[] {
  if (policy?.create_before_destroy !== true) return [];
  const path = ['lifecycle', 'create_before_destroy'];
  const reason = never[kind];
  if (reason !== undefined) {
    const message = `${address} cannot be made beside the one that it replaces: ${reason}`;
    return [{ code: 'schema.value', message, hint: 'leave out `create_before_destroy`', path }];
  }
  const single =
    kind === 'container' ? ofContainer(spec as ContainerSpec) : kind === 'vm' ? ofVm(spec as VmSpec) : [];
  return single.map(([key, what]) => ({
    code: 'schema.value',
    message: `${address} cannot be made beside the one that it replaces, as only one of the two can have ${what}`,
    hint: `leave out \`${key}\`, or \`create_before_destroy\``,
    path,
    involves: key.split('.').slice(0, 1),
  }));
}

type Single = readonly (readonly [key: string, what: string])[];

function ofContainer({ ports, network, nics = [], gpus }: ContainerSpec): Single {
  return [
    ...(ports.length > 0 ? ([['ports', 'its ports of the host']] as const) : []),
    ...ofMembers(network, nics),
    ...(gpus === undefined ? [] : ([['gpus', 'its devices']] as const)),
  ];
}

function ofVm({ network, nics = [], disks, vsock, vnc, gpu_passthrough: gpus }: VmSpec): Single {
  const writable = disks?.some(({ readonly }) => !readonly) === true;
  return [
    ...ofMembers(network, nics),
    ...(writable ? ([['disks', 'disks that it writes to']] as const) : []),
    ...(typeof vsock === 'number' ? ([['vsock', `vsock ${vsock}`]] as const) : []),
    ...(vnc === undefined || vnc === true ? [] : ([['vnc', 'its port for VNC']] as const)),
    ...(gpus === undefined ? [] : ([['gpu_passthrough', 'its devices']] as const)),
  ];
}

interface Membership {
  readonly ip?: string | undefined;
  readonly ip6?: string | undefined;
  readonly mac?: string | undefined;
}

function ofMembers(network: Membership | undefined, nics: readonly Membership[]): Single {
  const fixed = (key: string, member: Membership = {}): Single =>
    (['ip', 'ip6', 'mac'] as const).flatMap((name) => {
      const value = member[name];
      return value === undefined ? [] : [[`${key}.${name}`, value] as const];
    });
  return [...fixed('network', network), ...nics.flatMap((nic) => fixed('nics', nic))];
}
