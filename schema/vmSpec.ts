import { ownOf, type commonKeys } from './common.ts';
import { fromFolder, type Disk, type Share } from './disks.ts';
import { sourceFrom, type ImageSource } from './imageSource.ts';
import { resolvePath, type FolderAt } from './paths.ts';
import type { WrittenVm } from './vm.ts';

type Own = Omit<WrittenVm, keyof typeof commonKeys>;

/**
 * A virtual machine with its defaults filled in and its paths absolute. Keys as in `VmTable`; what is off or usual is left
 * out.
 */
export type VmSpec = Readonly<
  Omit<
    Own,
    'cpu' | 'memory' | 'machine' | 'firmware' | 'secure_boot' | 'tpm' | 'gpu_passthrough' | 'vsock' | 'vnc'
  >
> & {
  readonly cpu: number;
  /** bytes */
  readonly memory: number;
  readonly machine?: 'microvm' | 'windows11';
  readonly firmware?: 'uefi';
  readonly secure_boot?: true;
  readonly tpm?: true;
  readonly gpu_passthrough?: true | Exclude<Own['gpu_passthrough'], boolean | undefined>;
  readonly vsock?: true | number;
  readonly vnc?: true | Exclude<Own['vnc'], boolean | undefined>;
};

/** What a machine has without saying so. */
export function standardsOf({ machine }: Pick<WrittenVm, 'machine'>) {
  const windows = machine === 'windows11';
  return { cpu: windows ? 2 : 1, memory: windows ? 4 * 2 ** 30 : 512 * 2 ** 20, secured: windows };
}

export function vmSpec(folderAt: FolderAt, written: WrittenVm): VmSpec {
  const { image, boot, machine, firmware, secure_boot, tpm, cpu, memory, accel, ...rest } = ownOf(written);
  const { gpu_passthrough: gpus, vsock, vnc, disks, shares, cloud_init, ...plain } = rest;
  const standard = standardsOf(written);
  const secure = secure_boot ?? standard.secured;
  return {
    ...(image === undefined ? {} : { image: sourceFrom(folderAt('image'), image) }),
    ...(boot === undefined ? {} : { boot: bootFrom(folderAt, boot) }),
    ...(machine === 'q35' ? {} : { machine }),
    ...((firmware ?? (secure ? 'uefi' : 'bios')) === 'uefi' ? { firmware: 'uefi' as const } : {}),
    ...(secure ? { secure_boot: true as const } : {}),
    ...((tpm ?? standard.secured) ? { tpm: true as const } : {}),
    cpu: cpu ?? standard.cpu,
    memory: memory ?? standard.memory,
    accel,
    ...plain,
    ...(gpus === undefined || gpus === false ? {} : { gpu_passthrough: gpus }),
    ...(vsock === undefined || vsock === false ? {} : { vsock }),
    ...(vnc === undefined || vnc === false ? {} : { vnc }),
    ...(disks === undefined ? {} : { disks: disks.map((disk) => diskFrom(folderAt, disk)) }),
    ...(shares === undefined ? {} : { shares: shares.map((share) => shareFrom(folderAt, share)) }),
    ...(cloud_init === undefined ? {} : { cloud_init: cloudInitFrom(folderAt, cloud_init) }),
  };
}

function bootFrom(folderAt: FolderAt, boot: NonNullable<WrittenVm['boot']>): NonNullable<WrittenVm['boot']> {
  const { kernel, initrd, ...rest } = boot;
  const from = (name: string, source: ImageSource) => sourceFrom(folderAt('boot', name), source);
  return {
    ...rest,
    kernel: from('kernel', kernel),
    ...(initrd === undefined ? {} : { initrd: from('initrd', initrd) }),
  };
}

function diskFrom(folderAt: FolderAt, disk: Disk): Disk {
  return { ...disk, source: fromFolder(folderAt('disks'), disk.source) };
}

function shareFrom(folderAt: FolderAt, share: Share): Share {
  return { ...share, source: fromFolder(folderAt('shares'), share.source) };
}

function cloudInitFrom(
  folderAt: FolderAt,
  cloudInit: NonNullable<WrittenVm['cloud_init']>,
): NonNullable<WrittenVm['cloud_init']> {
  const { user_data, network_config, ...rest } = cloudInit;
  const file = (name: string, path: string) => resolvePath(folderAt('cloud_init', name), path);
  return {
    ...(user_data === undefined ? {} : { user_data: file('user_data', user_data) }),
    ...(network_config === undefined ? {} : { network_config: file('network_config', network_config) }),
    ...rest,
  };
}
