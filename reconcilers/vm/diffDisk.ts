import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies } from '../reconciler.ts';
import { fileOf } from './desired.ts';
import type { VmSeen } from './seen.ts';
import { step, type VmStep } from './step.ts';

/** Pure: the disk over its image. One over another image is made anew, without what was written on it. */
export function diffDisk({ spec }: Resource<'vm'>, seen: VmSeen, deps: Dependencies): readonly VmStep[] {
  if (spec.image === undefined) return [];
  const { disk, diskOf } = seen;
  const image = fileOf(spec.image, deps);
  const change = { path: 'image', before: disk && (disk.backing ?? diskOf), after: image };
  if (disk === undefined) return [step('disk', 'it has no disk', [change], { class: 'missing' })];
  // An image that is known only after apply is not another one.
  if (image !== undefined && change.before !== image) {
    const reason = 'its image is another one, and what it wrote on its disk belongs to the old one';
    return [step('disk', reason, [change], { effect: 'data-loss' })];
  }
  if (diskOf !== undefined) return [];
  const mark = { path: 'disk', before: 'not remembered', after: 'remembered' };
  return [step('disk', 'nothing tells that it has a disk', [mark])];
}

/** Pure: a disk grows and never shrinks. */
export function diffGrowth({ spec }: Resource<'vm'>, { disk }: VmSeen): readonly VmStep[] {
  const size = spec.disk?.size;
  if (size === undefined || disk === undefined || disk.size >= size) return [];
  const change = { path: 'disk.size', before: disk.size, after: size };
  return [step('disk.grow', `its disk has ${disk.size} bytes`, [change])];
}
