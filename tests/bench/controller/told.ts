import { remembered } from '../../system/support/controller.ts';
import type { World } from '../../system/support/world.ts';
import { summary } from '../measure.ts';

/** `median 123 ms, p95 160 ms, slowest 170 ms, of 50` */
export function told(taken: readonly number[]): string {
  const { median, slowest } = summary(taken);
  const p95 = taken.toSorted((a, b) => a - b)[Math.ceil(taken.length * 0.95) - 1] ?? Number.NaN;
  return `median ${median.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms, of ${taken.length}`;
}

/** Whether all is as declared, and was seen to work. */
export function isWell(world: World): () => boolean {
  return () => remembered(world).ready('lab') === 'true Converged';
}

/** So many tables of a NovaFile. */
export function tables(count: number, body: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => body(index)).join('');
}
