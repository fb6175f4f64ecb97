import { z } from 'zod';

import { commonKeys, ownOf, powerState } from './common.ts';
import { capsule, type CapsuleSource } from './capsule.ts';
import { environment } from './environment.ts';
import { gpuSelection } from './gpuSelection.ts';
import { checkHealth, health } from './health.ts';
import { key } from './key.ts';
import { membership } from './membership.ts';
import { mount, type VolumeMount } from './mount.ts';
import { resolvePath, type FolderAt } from './paths.ts';
import { publishedPort } from './port.ts';
import type { TableProblem } from './problem.ts';
import { duration, isId, meaning, size, text } from './values.ts';

export type { Health } from './health.ts';
export type { VolumeMount } from './mount.ts';
export type { PublishedPort } from './port.ts';

const user = meaning(z.union([text, z.int()]), (value, refuse) => {
  const ids = String(value).split(':');
  if (ids.length <= 2 && ids.every(isId)) return String(value);
  return refuse('must be a numeric user, or user and group', 'for example "1000" or "1000:1000"');
});

const workdir = meaning(text, (value, refuse) => {
  return value.startsWith('/') ? value : refuse('must be an absolute path', 'for example "/srv"');
});

const hostname = meaning(text, (value, refuse) => {
  const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
  if (value.length <= 64 && value.split('.').every((part) => label.test(part))) return value;
  return refuse('must be a host name', 'letters, digits and hyphens, at most 64: "web-1"');
});

const limits = z
  .strictObject({
    /** bytes, as a number or `256Mi`; at least 4 MiB. Default: none. Changing it is live. */
    memory: meaning(size, (bytes, refuse) => {
      return bytes >= 4 * 2 ** 20 ? bytes : refuse('must be at least 4 MiB', 'for example "256Mi"');
    }).exactOptional(),
    /** CPUs, as 1.5; more than 0.01. Default: none. Changing it is live. */
    cpu: z.number().gt(0.01).exactOptional(),
    /** Processes and threads, at least 1. Default: none. Changing it is live. */
    pids: z.int().min(1).exactOptional(),
  })
  .readonly();

/** A table `[container.NAME]` as it is written. Changing a key restarts the capsule where nothing else is said. */
export const ContainerTable = z.strictObject({
  /** Its root: a folder (`./rootfs`, seen from the NovaFile's own folder) or an image reference. Required. */
  capsule,
  /** Program and arguments; default: the image's own. Strings may hold `${container.db.ip}`. */
  command: z.array(text).min(1).readonly().exactOptional(),
  /** Environment variables, beside the image's own. Numbers and booleans become text. `${container.db.ip}` works. */
  env: environment.default({}),
  /** Absolute path inside in which the command starts; default: the image's own. */
  workdir: workdir.exactOptional(),
  /** `uid` or `uid:gid`, numeric; default: the image's own. */
  user: user.exactOptional(),
  /** Default: the container's name. */
  hostname: hostname.exactOptional(),
  /** What of the host it sees: `["data:/srv/data", "./api:/srv/api:ro"]`. Default: nothing. */
  volumes: z.array(mount).readonly().default([]),
  /** `"lan"` or `{ name = "lan", ip = "192.168.77.9" }`. Default: no network but loopback. */
  network: membership.exactOptional(),
  /** Ports of the host that lead to it: `["8080:80", "53:53/udp"]`. Default: none. Changing it is live. */
  ports: z.array(publishedPort).readonly().default([]),
  gpus: key(z.array(gpuSelection).min(1).readonly().exactOptional(), {
    what: 'Devices whose nodes it gets, each a `[gpu.NAME]` that the host drives itself: `["card"]`, or `[{ name = "card", vf = 0 }]` for a part.',
    without: 'none',
    change: 'restart',
    example: 'gpus = ["card"]',
  }),
  /** What it may use at most. Default: all there is. */
  limits: limits.default({}),
  /** What happens when it ends. Default `always`: it is started again. Changing it is live. */
  restart: z.enum(['always', 'on-failure', 'never']).default('always'),
  /** How to know that it works. Default: it works while it runs. Changing it is live. */
  health: health.exactOptional(),
  /** seconds between SIGTERM and SIGKILL; default 10. Changing it is live. */
  stop_timeout: duration.default(10),
  state: powerState,
  ...commonKeys,
});

type Table = z.output<typeof ContainerTable>;

/** A container with its defaults filled in and its paths absolute. Keys as in {@link ContainerTable}. */
export type ContainerSpec = Readonly<Omit<Table, keyof typeof commonKeys | 'capsule' | 'hostname'>> & {
  readonly capsule: CapsuleSource;
  readonly hostname: string;
};

/** What does not fit together within one table; paths as within it. */
export function checkContainer(table: Table): readonly TableProblem[] {
  return table.health === undefined ? [] : checkHealth(table.health);
}

export function containerSpec(name: string, folderAt: FolderAt, written: Table): ContainerSpec {
  const { hostname: host, ...table } = ownOf(written);
  return {
    ...table,
    hostname: host ?? name,
    capsule: fromFolder(folderAt('capsule'), table.capsule),
    volumes: table.volumes.map((volume): VolumeMount => ({
      ...volume,
      source: fromFolder(folderAt('volumes'), volume.source),
    })),
  };
}

function fromFolder<Source extends { readonly type: string }>(folder: string, source: Source): Source {
  return 'path' in source && typeof source.path === 'string'
    ? { ...source, path: resolvePath(folder, source.path) }
    : source;
}
