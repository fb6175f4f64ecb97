import type { Resource } from '../../schema/manifest.ts';
import type { Host } from '../host/host.ts';
import type { Readiness } from '../reconciler.ts';
import { vfio } from './handOver.ts';
import type { GpuSeen } from './seen.ts';

/** One that is handed over has the node by which a program opens it; one of the host's has a driver. */
export async function ready(_host: Host, { spec }: Resource<'gpu'>, { device }: GpuSeen): Promise<Readiness> {
  if (device === undefined) return { ready: false, code: 'gpu.missing', why: 'it is not there any more' };
  const { nodes, group, driver } = device;
  if (spec.driver === vfio) {
    if (nodes.some((node) => node.startsWith('/dev/vfio/'))) return { ready: true };
    return { ready: false, code: 'gpu.driver', why: `there is no /dev/vfio/${group}` };
  }
  if (driver !== undefined) return { ready: true };
  return { ready: false, code: 'gpu.driver', why: 'no driver of this host takes it' };
}
