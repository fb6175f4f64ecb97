import { z } from 'zod';

import { commonKeys, powerState } from './common.ts';
import { credentials } from './credentials.ts';
import { disk, share } from './disks.ts';
import { gpuSelection } from './gpuSelection.ts';
import { imageSource } from './imageSource.ts';
import { key } from './key.ts';
import { networkKey, nicsKey, servicesKey, stopTimeoutKey } from './memberKeys.ts';
import { probe } from './probe.ts';
import { snapshots } from './snapshots.ts';
import { text } from './values.ts';
import { cloudInit, diskSize, memory, ssh, vnc, vsock } from './vmValues.ts';

export type { ImageSource } from './imageSource.ts';
export type { VmProbe } from './probe.ts';
export type { VmSpec } from './vmSpec.ts';

const boot = z
  .strictObject({
    kernel: key(imageSource, {
      what: 'The kernel that QEMU loads itself: a file, or the name of an image.',
      example: 'boot = { kernel = "./vmlinuz" }',
    }),
    initrd: key(imageSource.exactOptional(), {
      what: 'Its initial file system: a file, or the name of an image.',
      without: 'none',
      example: 'boot = { kernel = "./vmlinuz", initrd = "./initrd.img" }',
    }),
    cmdline: key(text.default(''), {
      what: 'What the kernel is told, as `console=ttyS0`. It may hold `${container.db.ip}`.',
      example: 'boot = { kernel = "./vmlinuz", cmdline = "console=ttyS0" }',
    }),
  })
  .readonly();

/** A table `[vm.NAME]` as it is written. */
export const VmTable = z.strictObject({
  image: key(imageSource.exactOptional(), {
    what: "Its first disk: a qcow2 or raw file, or the name of an image. The file itself is never written: what the machine writes is kept beside Nova's data.",
    without: 'no disk',
    change: 'data-loss',
    note: 'What the machine has written is lost.',
    example: 'image = "./debian.qcow2"',
  }),
  boot: key(boot.exactOptional(), {
    what: 'A kernel that is started without a boot loader.',
    without: 'the disk is booted',
    change: 'restart',
    example: 'boot = { kernel = "./vmlinuz", initrd = "./initrd.img", cmdline = "console=ttyS0" }',
  }),
  machine: key(z.enum(['q35', 'microvm', 'windows11']).default('q35'), {
    what: 'What it is like. `q35`: a PC. `microvm`: as little as a kernel that is started directly needs. `windows11`: a PC with UEFI, secure boot, TPM, and what Windows runs faster with.',
    change: 'restart',
    example: 'machine = "windows11"',
  }),
  firmware: key(z.enum(['bios', 'uefi']).exactOptional(), {
    what: 'What starts it before its disk does.',
    without: '`uefi` with `secure_boot` or `windows11`, otherwise `bios`',
    change: 'restart',
    example: 'firmware = "uefi"',
  }),
  secure_boot: key(z.boolean().exactOptional(), {
    what: 'The firmware starts only what carries a signature that it knows.',
    without: 'true with `windows11`, otherwise false',
    change: 'restart',
    example: 'secure_boot = true',
  }),
  tpm: key(z.boolean().exactOptional(), {
    what: 'A TPM 2.0, whose secrets stay with the machine.',
    without: 'true with `windows11`, otherwise false',
    change: 'restart',
    example: 'tpm = true',
  }),
  cpu: key(z.int().min(1).max(255).exactOptional(), {
    what: 'Processors, a whole number from 1 to 255.',
    without: '1; 2 with `windows11`',
    change: 'restart',
    example: 'cpu = 2',
  }),
  memory: key(memory.exactOptional(), {
    what: 'Memory, in whole MiB, at least 16.',
    unit: 'bytes',
    without: '512Mi; 4Gi with `windows11`',
    change: 'restart',
    example: 'memory = "2Gi"',
  }),
  accel: key(z.enum(['auto', 'kvm', 'tcg']).default('auto'), {
    what: 'What runs its instructions. `kvm`: the processor. `tcg`: a translator. `auto`: KVM where it works.',
    change: 'restart',
    example: 'accel = "auto"',
  }),
  disk: key(
    z
      .strictObject({
        size: key(diskSize, {
          what: "Its size where it is larger than the image's own. It never shrinks.",
          unit: 'bytes',
          example: 'disk = { size = "10Gi" }',
        }),
      })
      .readonly()
      .exactOptional(),
    {
      what: 'More about the disk that `image` gives.',
      without: "as large as the image's own",
      change: 'live',
      example: 'disk = { size = "10Gi" }',
    },
  ),
  disks: key(z.array(disk).min(1).readonly().exactOptional(), {
    what: 'Further disks: volumes by name, files and block devices by path. Only one machine at a time may write to one.',
    without: 'none',
    change: 'live',
    example: 'disks = ["data", { source = "./media.raw", readonly = true }]',
  }),
  network: networkKey(
    'no network',
    'Its network card is plugged in, or taken out, while it runs; another address starts it again.',
  ),
  nics: nicsKey(),
  services: servicesKey(),
  gpu_passthrough: key(
    z.union([z.boolean(), z.array(gpuSelection('gpu_passthrough')).readonly()]).exactOptional(),
    {
      what: 'Devices that are handed over to it: `true` for the one GPU of the host that is suitable, or a list of `[gpu.NAME]`, as `["card"]` or `[{ name = "card", vf = 0 }]`.',
      without: 'none',
      change: 'restart',
      example: 'gpu_passthrough = ["card"]',
    },
  ),
  shares: key(z.array(share).min(1).readonly().exactOptional(), {
    what: 'Folders of the host that it can mount.',
    without: 'none',
    change: 'restart',
    example: 'shares = [{ source = "./src", tag = "src" }]',
  }),
  vsock: key(vsock.exactOptional(), {
    what: 'Sockets between host and machine without a network (vsock(7)): `true`, or the number that it is reached by.',
    without: 'none',
    change: 'restart',
    example: 'vsock = 42',
  }),
  vnc: key(vnc.exactOptional(), {
    what: 'Its screen over VNC: `true` for a socket that only root can open, or an address and port of the host, from 5900 on.',
    without: 'no screen',
    change: 'restart',
    example: 'vnc = "127.0.0.1:5901"',
  }),
  cloud_init: key(cloudInit.exactOptional(), {
    what: "What an image with cloud-init is told at its first start; `{}` tells it the machine's name alone.",
    without: 'nothing',
    change: 'restart',
    example: 'cloud_init = { user_data = "./user-data.yaml" }',
  }),
  credentials: key(credentials.readonly().exactOptional(), {
    what: 'Secrets that it is given when it starts, as systemd takes them (`LoadCredential=`), by SMBIOS strings; root in it can read them. At most 255, and 42 KiB together.',
    without: 'none',
    change: 'restart',
    example: 'credentials = { "db-password" = { secret = "db" } }',
  }),
  ssh: key(ssh.exactOptional(), {
    what: 'How it is logged in to.',
    without: 'as root, on port 22',
    change: 'live',
    example: 'ssh = { user = "debian" }',
  }),
  snapshots: key(snapshots.exactOptional(), {
    what: 'Snapshots of its disks that are taken by themselves.',
    without: 'none',
    change: 'live',
    example: 'snapshots = { every = "1d", keep = 7 }',
  }),
  probe: key(probe.exactOptional(), {
    what: 'How to know that it works.',
    without: 'it works while it runs',
    change: 'live',
    example: 'probe = { tcp = 22 }',
  }),
  stop_timeout: stopTimeoutKey('Time between the power button and pulling the plug.', 30),
  state: powerState,
  ...commonKeys,
});

export type WrittenVm = z.output<typeof VmTable>;
