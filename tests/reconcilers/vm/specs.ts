import { identityOf, macOf, scopeOf } from '../../../reconcilers/identity.ts';
import { memberFile, networkPaths } from '../../../reconcilers/network/paths.ts';
import type { Dependencies } from '../../../reconcilers/reconciler.ts';
import { placeOf } from '../../../reconcilers/place.ts';
import { desiredHardware } from '../../../reconcilers/vm/desired.ts';
import { qemuArgs } from '../../../reconcilers/vm/qemuArgs.ts';
import { readArgs } from '../../../reconcilers/vm/readArgs.ts';
import type { VmSeen } from '../../../reconcilers/vm/seen.ts';
import type { Resource, SpecByKind } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { VmSpec } from '../../../schema/vm.ts';

const scope = scopeOf(undefined, '/var/lib/nova');
export const place = placeOf({ scope, project: 'demo' }, 'vm.box');

export const lan: NetworkSpec = {
  type: 'bridge',
  profile: 'nat',
  subnet: '192.168.77.1/24',
  mtu: 1500,
  dns: true,
  domain: 'lan.internal',
};

export const full: VmSpec = {
  image: { type: 'path', path: '/images/debian.qcow2' },
  boot: {
    kernel: { type: 'path', path: '/boot/vmlinuz' },
    initrd: { type: 'path', path: '/boot/initrd' },
    cmdline: 'console=ttyS0 quiet',
  },
  cpu: 2,
  memory: 512 * 2 ** 20,
  accel: 'auto',
  network: { name: 'lan' },
  stop_timeout: 30,
  state: 'running',
};

export function box(change: Partial<VmSpec> = {}): Resource<'vm'> {
  const at = { file: 'NovaFile.toml', line: 1, column: 1 };
  return { address: 'vm.box', kind: 'vm', name: 'box', spec: { ...full, ...change }, at, dependsOn: [] };
}

/** `ip` is the address that the machine is dealt. */
export function dependencies(network: NetworkSpec = lan, ip = '192.168.77.9'): Dependencies {
  const specs: Partial<{ [K in keyof SpecByKind]: SpecByKind[K] }> = { network };
  return {
    spec: (kind, name) => (name === 'lan' ? specs[kind] : undefined),
    outputs: () => undefined,
    ip: () => (network.subnet === undefined ? undefined : ip),
  };
}

const paths = networkPaths(scope, identityOf(scope, 'demo', 'network.lan'));

/** The machine `box()` as it is when all is well, with some of it otherwise. */
export function running(change: Partial<VmSeen> = {}): VmSeen {
  const hardware = desiredHardware(place, box(), dependencies(), 'tcg');
  return {
    ...place,
    phase: 'running',
    process: { pid: 7, startTime: 70 },
    home: true,
    busy: true,
    runs: hardware && readArgs(qemuArgs(hardware)),
    credentials: {},
    link: { up: true, master: 'lan', mtu: 1500 },
    nic: true,
    attached: true,
    records: [{ path: memberFile(paths.hosts, place.identity), text: '192.168.77.9 box box.lan.internal\n' }],
    reservations: [
      {
        path: memberFile(paths.dhcpHosts, place.identity),
        text: `${macOf(place.identity)},192.168.77.9,box\n`,
      },
    ],
    disk: { format: 'qcow2', size: 8 * 2 ** 30, backing: '/images/debian.qcow2' },
    diskOf: '/images/debian.qcow2',
    owned: true,
    stopTimeout: 30,
    accelerator: 'tcg',
    ...change,
  };
}

/** The same without a process. */
export function off(change: Partial<VmSeen> = {}): VmSeen {
  const gone = {
    phase: 'off',
    process: undefined,
    home: false,
    busy: false,
    runs: undefined,
    nic: false,
    attached: false,
  } as const;
  return running({ ...gone, ...change });
}
