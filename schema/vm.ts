import { z } from 'zod';

import { commonKeys, ownOf, powerState } from './common.ts';
import { gpuSelection } from './gpuSelection.ts';
import { http } from './health.ts';
import { imageSource, sourceFrom } from './imageSource.ts';
import { key } from './key.ts';
import { membership } from './membership.ts';
import type { FolderAt } from './paths.ts';
import type { TableProblem } from './problem.ts';
import { duration, meaning, positiveDuration, size, text } from './values.ts';

export type { ImageSource } from './imageSource.ts';

const memory = meaning(size, (bytes, refuse) => {
  if (bytes < 16 * 2 ** 20) return refuse('must be at least 16 MiB', 'for example "512Mi"');
  return bytes % 2 ** 20 === 0 ? bytes : refuse('must be a whole number of MiB', 'for example "512Mi"');
});

const diskSize = meaning(size, (bytes, refuse) => {
  return bytes >= 2 ** 20 && bytes % 512 === 0
    ? bytes
    : refuse('must be at least 1 MiB, in whole blocks of 512 bytes', 'for example "10Gi"');
});

const boot = z
  .strictObject({
    /** The kernel that QEMU loads itself: a file, or the name of an image. */
    kernel: imageSource,
    /** Its initial file system: a file, or the name of an image. Default: none. */
    initrd: imageSource.exactOptional(),
    /** What the kernel is told, as `console=ttyS0`. Default: nothing. */
    cmdline: text.default(''),
  })
  .readonly();

const probe = z
  .strictObject({
    /** A port of the machine; it works when it takes connections. */
    tcp: z.int().min(1).max(65_535).exactOptional(),
    /** Port and path: `:80/healthz`, asked of the machine's address; it works when that answers with success. */
    http: http.exactOptional(),
    /** Text; it works when the serial console has printed it since it was started. */
    serial: meaning(text, (value, refuse) => {
      return value === '' ? refuse('must not be empty', 'for example "login:"') : value;
    }).exactOptional(),
    /** seconds between attempts; default 1 */
    interval: positiveDuration.default(1),
    /** seconds for one attempt; default 3 */
    timeout: positiveDuration.default(3),
    /** seconds until it must have worked once; default 60 */
    deadline: positiveDuration.default(60),
  })
  .readonly();

/** A table `[vm.NAME]` as it is written. Changing a key restarts the machine where nothing else is said. */
export const VmTable = z.strictObject({
  /**
   * Its disk: a qcow2 or raw file (`./debian.qcow2`), or the name of an image. The file itself is never written: what
   * the machine writes is kept beside Nova's data. Changing it loses what was written. Default: no disk.
   */
  image: imageSource.exactOptional(),
  /** A kernel that is started without a boot loader. Default: the disk is booted. */
  boot: boot.exactOptional(),
  /** Processors, a whole number from 1 to 255; default 1. */
  cpu: z.int().min(1).max(255).default(1),
  /** bytes, as a number or `2Gi`, in whole MiB; default 512Mi. */
  memory: memory.default(512 * 2 ** 20),
  /** What runs its instructions: `kvm` the processor, `tcg` a translator, `auto` (the default) KVM where it works. */
  accel: z.enum(['auto', 'kvm', 'tcg']).default('auto'),
  disk: z
    .strictObject({
      /** bytes, as a number or `10Gi`; a larger disk than the image's own. It grows live and never shrinks. */
      size: diskSize,
    })
    .readonly()
    .exactOptional(),
  gpu_passthrough: key(z.union([z.boolean(), z.array(gpuSelection).readonly()]).exactOptional(), {
    what: 'Devices that are handed over to it: `true` for the one GPU of the host that is suitable, or a list of `[gpu.NAME]`, as `["card"]` or `[{ name = "card", vf = 0 }]`.',
    without: 'none',
    change: 'restart',
    example: 'gpu_passthrough = ["card"]',
  }),
  /** `"lan"` or `{ name = "lan", ip = "192.168.77.9" }`. Default: no network. */
  network: membership.exactOptional(),
  /** How to know that it works. Default: it works while it runs. Changing it is live. */
  probe: probe.exactOptional(),
  /** seconds between the power button and pulling the plug; default 30. Changing it is live. */
  stop_timeout: duration.default(30),
  state: powerState,
  ...commonKeys,
});

type Table = z.output<typeof VmTable>;

/** A virtual machine with its defaults filled in and its paths absolute. Keys as in {@link VmTable}. */
export type VmSpec = Readonly<Omit<Table, keyof typeof commonKeys>>;

export type VmProbe = z.output<typeof probe>;

/** What does not fit together within one table; paths as within it. */
export function checkVm({ image, boot, disk, probe }: Table): readonly TableProblem[] {
  const involves = ['image', 'boot'];
  const problems: TableProblem[] = [];
  if (image === undefined && boot === undefined) {
    const message = 'a machine needs something to start from';
    const hint = 'add image = "./debian.qcow2", or boot = { kernel = "./vmlinuz" }';
    problems.push({ code: 'schema.missing', message, hint, path: [], on: 'table', involves });
  }
  if (image === undefined && disk !== undefined) {
    const hint = 'add image = "./debian.qcow2"; an empty disk is made with: qemu-img create empty.raw 1M';
    const message = 'disk needs an image to be larger than';
    problems.push({ code: 'schema.missing', message, hint, path: ['disk'], involves });
  }
  return [...problems, ...checkProbe(probe)];
}

/** Exactly one way to ask. */
function checkProbe(probe: VmProbe | undefined): readonly TableProblem[] {
  const ways = [probe?.tcp, probe?.http, probe?.serial].filter((way) => way !== undefined).length;
  if (probe === undefined || ways === 1) return [];
  const hint = 'write one of tcp = 22, http = ":80/healthz" and serial = "login:"';
  const path = ['probe'];
  if (ways === 0) return [{ code: 'schema.missing', message: 'probe says nothing to try', hint, path }];
  return [{ code: 'schema.value', message: `probe has ${ways} things to try, and takes one`, hint, path }];
}

export function vmSpec(folderAt: FolderAt, written: Table): VmSpec {
  const table = ownOf(written);
  const { image, boot } = table;
  return {
    ...table,
    ...(image === undefined ? {} : { image: sourceFrom(folderAt('image'), image) }),
    ...(boot === undefined
      ? {}
      : {
          boot: {
            ...boot,
            kernel: sourceFrom(folderAt('boot', 'kernel'), boot.kernel),
            ...(boot.initrd === undefined
              ? {}
              : { initrd: sourceFrom(folderAt('boot', 'initrd'), boot.initrd) }),
          },
        }),
  };
}
