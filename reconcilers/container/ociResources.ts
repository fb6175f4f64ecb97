import type { DeviceNode } from '../gpu/parts.ts';
import type { CgroupLimits } from '../host/view.ts';

/** Microseconds in which a CPU quota is counted: the kernel's own default. */
const period = 100_000;

/** Limits and device rules (OCI runtime specification, `config-linux.md#control-groups`). */
export function ociResources(limits: CgroupLimits, nodes: readonly DeviceNode[] = []): object {
  return {
    devices: [
      { allow: false, access: 'rwm' },
      ...allowedDevices,
      ...nodes.map(({ major, minor }) => ({ ...device(major, minor), access: 'rw' })),
    ],
    ...(limits.memory === undefined ? {} : { memory: { limit: limits.memory } }),
    ...(limits.cpu === undefined ? {} : { cpu: { quota: Math.round(limits.cpu * period), period } }),
    ...(limits.pids === undefined ? {} : { pids: { limit: limits.pids } }),
  };
}

/** null, zero, full, random, urandom, tty, console, ptmx and pseudo-terminals, by their numbers. */
const allowedDevices = [
  ...[3, 5, 7, 8, 9].map((minor) => device(1, minor)),
  ...[0, 1, 2].map((minor) => device(5, minor)),
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

function device(major: number, minor: number): object {
  return { allow: true, type: 'c', major, minor, access: 'rwm' };
}
