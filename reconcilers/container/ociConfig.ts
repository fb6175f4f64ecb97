import { createHash } from 'node:crypto';

import type { DeviceNode } from '../gpu/parts.ts';
import type { CgroupLimits } from '../host/view.ts';
import type { EtcFiles } from './etcFiles.ts';
import type { User } from './imageUser.ts';
import { bind, ociMounts, type Bind } from './ociMounts.ts';
import { ociResources } from './ociResources.ts';
import { seccompFilter } from './seccomp.ts';
import type { SecretFile } from './secretFiles.ts';
import { writeSensitiveParts } from './sensitiveParts.ts';

/** Everything that a capsule's configuration depends on. Paths are absolute, on the host. */
export interface OciInput {
  readonly mark: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: User;
  readonly hostname: string;
  readonly rootfs: string;
  /** File of the network namespace. */
  readonly netns: string;
  readonly cgroup: string;
  readonly limits: CgroupLimits;
  /** Nodes of devices of the host that it gets. */
  readonly devices?: readonly DeviceNode[];
  readonly volumes: readonly Bind[];
  /** Folder with the generated files. */
  readonly etc: string;
  readonly etcFiles: EtcFiles;
  /** Variables whose values nobody may see. */
  readonly secretEnv: readonly string[];
  readonly secretFiles: readonly SecretFile[];
  /** As Go names it. */
  readonly architecture: string;
}

/** What the field's engines leave to a capsule's root user. */
const capabilities = [
  ...['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'],
  ...['CAP_SETFCAP', 'CAP_SETGID', 'CAP_SETPCAP', 'CAP_SETUID', 'CAP_SYS_CHROOT'],
];

const maskedPaths = [
  ...['/proc/acpi', '/proc/asound', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats'],
  ...['/proc/sched_debug', '/proc/scsi', '/proc/timer_list', '/proc/timer_stats'],
  ...['/sys/devices/virtual/powercap', '/sys/firmware'],
];

const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/**
 * Text of `config.json` (OCI runtime specification 1.0.2, `config.md` and `config-linux.md`). The same input gives the
 * same text.
 */
export function ociConfig(input: OciInput): string {
  const { args, env, user } = input;
  const root = user.uid === 0;
  const config = {
    ociVersion: '1.0.2',
    process: {
      user,
      args,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd: input.workdir,
      capabilities: {
        bounding: capabilities,
        // A user other than root has none of them, as the kernel would leave it after setuid(2).
        effective: root ? capabilities : [],
        permitted: root ? capabilities : [],
      },
      noNewPrivileges: true,
    },
    root: { path: input.rootfs },
    hostname: input.hostname,
    mounts: [...ociMounts(input.volumes, input.etc), ...input.secretFiles.map(bind)],
    annotations: {
      [markAnnotation]: input.mark,
      [filesAnnotation]: hash(input.etcFiles),
      ...sensitiveAnnotation(input),
    },
    linux: {
      cgroupsPath: input.cgroup,
      resources: ociResources(input.limits, input.devices),
      ...(input.devices === undefined || input.devices.length === 0
        ? {}
        : {
            devices: input.devices.map((node) => ({ type: 'c', ...node, fileMode: 0o666, uid: 0, gid: 0 })),
          }),
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
        { type: 'network', path: input.netns },
      ],
      seccomp: seccompFilter(input.architecture),
      maskedPaths,
      readonlyPaths,
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

export const markAnnotation = 'io.nova.mark';
/** Hash of the generated files, so that a change in one of them is a change of the configuration. */
export const filesAnnotation = 'io.nova.files';

/** A configuration without secrets is as it was before there were any. */
function sensitiveAnnotation({ secretEnv, secretFiles }: OciInput): Record<string, string> {
  if (secretEnv.length === 0 && secretFiles.length === 0) return {};
  const files = Object.fromEntries(secretFiles.map(({ target, text }) => [target, hash(text)]));
  return writeSensitiveParts({ env: secretEnv, files });
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
