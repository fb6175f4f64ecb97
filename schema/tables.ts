import type { z } from 'zod';

import { ContainerTable } from './container.ts';
import { GpuTable } from './gpu.ts';
import { ImageTable } from './image.ts';
import type { Kind } from './manifest.ts';
import { NetworkTable } from './network.ts';
import { VmTable } from './vm.ts';
import { VolumeTable } from './volume.ts';

/** What a table of each kind may say. */
export const tables: Readonly<Record<Kind, z.ZodObject>> = {
  network: NetworkTable,
  volume: VolumeTable,
  image: ImageTable,
  gpu: GpuTable,
  container: ContainerTable,
  vm: VmTable,
};
