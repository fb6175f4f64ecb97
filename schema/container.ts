import { z } from 'zod';

import { capabilities } from './capabilities.ts';
import { capsule } from './capsule.ts';
import { commonKeys, powerState } from './common.ts';
import { device } from './device.ts';
import { environment } from './environment.ts';
import { gpuSelection } from './gpuSelection.ts';
import { health } from './health.ts';
import { key } from './key.ts';
import { limits } from './limits.ts';
import { networkKey, nicsKey, servicesKey, stopTimeoutKey } from './memberKeys.ts';
import { mount } from './mount.ts';
import { resolvePath } from './paths.ts';
import { publishedPort } from './port.ts';
import { quote } from './problem.ts';
import { onlySecret } from './secret.ts';
import { tmpfs } from './tmpfs.ts';
import { isId, meaning, text } from './values.ts';

export type { ContainerSpec } from './containerSpec.ts';
export type { Health } from './health.ts';
export type { VolumeMount } from './mount.ts';
export type { PublishedPort } from './port.ts';

const user = meaning(
  z.union([text, z.int()]),
  (value, refuse) => {
    const ids = String(value).split(':');
    if (ids.length <= 2 && ids.every(isId)) return String(value);
    return refuse('must be a numeric user, or user and group', 'for example "1000" or "1000:1000"');
  },
  { name: 'user', pattern: '^[0-9]+(:[0-9]+)?$' },
);

const files = meaning(z.record(z.string(), onlySecret), (table, refuse) => {
  const wrong = Object.keys(table).find(
    (path) =>
      !/^\/(?!(?:proc|sys|dev)(?:\/|$))./.test(path) ||
      path.includes('\0') ||
      resolvePath('/', path) !== path,
  );
  if (wrong === undefined) return table;
  return refuse(
    `names ${quote(wrong)}, which is no absolute path of a file`,
    'for example files = { "/run/secrets/db" = { secret = "db-password" } }',
  );
});

const workdir = meaning(
  text,
  (value, refuse) => {
    return value.startsWith('/') ? value : refuse('must be an absolute path', 'for example "/srv"');
  },
  { name: 'path', pattern: '^/' },
);

const hostname = meaning(
  text,
  (value, refuse) => {
    const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
    if (value.length <= 64 && value.split('.').every((part) => label.test(part))) return value;
    return refuse('must be a host name', 'letters, digits and hyphens, at most 64: "web-1"');
  },
  { name: 'host name', pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$' },
);

/** A table `[container.NAME]` as it is written. */
export const ContainerTable = z.strictObject({
  capsule: key(capsule, {
    what: "Its root: a folder (`./rootfs`, seen from the NovaFile's own folder), an OCI image layout, the name of an image, or a reference in a registry.",
    change: 'restart',
    note: 'What was written to its root is lost.',
    example: 'capsule = "./rootfs"',
  }),
  command: key(z.array(text).min(1).readonly().exactOptional(), {
    what: 'Program and arguments. Strings may hold `${container.db.ip}`.',
    without: "the image's own",
    change: 'restart',
    example: 'command = ["sleep", "infinity"]',
  }),
  env: key(environment.default({}), {
    what: 'Environment variables, beside the image\'s own. Numbers and booleans become text, `${container.db.ip}` works, and `{ secret = "NAME" }` is the value of a secret.',
    change: 'restart',
    example: 'env = { DB_HOST = "db" }',
  }),
  files: key(files.readonly().exactOptional(), {
    what: 'Files with the value of a secret, by their path inside. Everybody inside can read them; on the host they are in memory, for root alone.',
    without: 'none',
    change: 'restart',
    example: 'files = { "/run/secrets/db" = { secret = "db-password" } }',
  }),
  workdir: key(workdir.exactOptional(), {
    what: 'Absolute path inside in which the command starts.',
    without: "the image's own",
    change: 'restart',
    example: 'workdir = "/srv"',
  }),
  user: key(user.exactOptional(), {
    what: '`uid` or `uid:gid`, numeric.',
    without: "the image's own",
    change: 'restart',
    example: 'user = "1000:1000"',
  }),
  hostname: key(hostname.exactOptional(), {
    what: 'What it calls itself.',
    without: "the container's name",
    change: 'restart',
    example: 'hostname = "web"',
  }),
  volumes: key(z.array(mount).readonly().default([]), {
    what: 'What of the host it sees: source, target, and `ro` where it must not write. A source is a path or the name of a volume.',
    change: 'restart',
    example: 'volumes = ["data:/srv/data", "./api:/srv/api:ro"]',
  }),
  tmpfs: key(z.array(tmpfs).min(1).readonly().exactOptional(), {
    what: 'Paths at which it has a file system in memory, gone when it stops; with a colon and its size at most.',
    without: 'none',
    change: 'restart',
    example: 'tmpfs = ["/run", "/tmp:64Mi"]',
  }),
  read_only: key(z.boolean().default(false), {
    what: 'It cannot write to its root, only to its volumes and `tmpfs`.',
    change: 'restart',
    example: 'read_only = true',
  }),
  network: networkKey('no network but loopback'),
  nics: nicsKey('Its link there is called like the network; the default route is by `network` alone.'),
  ports: key(z.array(publishedPort).readonly().default([]), {
    what: "Ports of the host that lead to it: the host's port, a colon and its own; with an address before and `/udp` after where needed. `8000-8010:80-90` is a range.",
    change: 'live',
    example: 'ports = ["8080:80"]',
  }),
  services: servicesKey(),
  gpus: key(z.array(gpuSelection('gpus')).min(1).readonly().exactOptional(), {
    what: 'Devices whose nodes it gets, each a `[gpu.NAME]` that the host drives itself: `["card"]`, or `[{ name = "card", vf = 0 }]` for a part.',
    without: 'none',
    change: 'restart',
    example: 'gpus = ["card"]',
  }),
  devices: key(z.array(device).min(1).readonly().exactOptional(), {
    what: 'Device nodes of the host that it gets: path, path inside, and what it may do: `r`, `w`, `m` (make nodes).',
    without: 'none but the usual ones',
    change: 'restart',
    example: 'devices = ["/dev/fuse", "/dev/ttyUSB0:/dev/modem:rw"]',
  }),
  capabilities: key(capabilities.exactOptional(), {
    what: "What of root's power it has.",
    without: 'the usual ones',
    change: 'restart',
    example: 'capabilities = { drop = ["ALL"], add = ["NET_BIND_SERVICE"] }',
  }),
  limits: key(limits.default({}), {
    what: 'What it may use at most.',
    change: 'live',
    example: 'limits = { memory = "256Mi", cpu = 1.5, pids = 100 }',
  }),
  restart: key(z.enum(['always', 'on-failure', 'never']).default('always'), {
    what: 'What happens when it ends. `always`: it is started again. `on-failure`: only when it failed.',
    change: 'live',
    example: 'restart = "always"',
  }),
  health: key(health.exactOptional(), {
    what: 'How to know that it works.',
    without: 'it works while it runs',
    change: 'live',
    example: 'health = { tcp = 80 }',
  }),
  stop_timeout: stopTimeoutKey('Time between SIGTERM and SIGKILL.', 10),
  state: powerState,
  ...commonKeys,
});

export type WrittenContainer = z.output<typeof ContainerTable>;
