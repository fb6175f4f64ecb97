import { z } from 'zod';

import { key } from './key.ts';
import { meaning, size } from './values.ts';

function atLeast(bytes: number, words: string) {
  return meaning(size, (given, refuse) => {
    return given >= bytes ? given : refuse(`must be at least ${words}`, 'for example "256Mi"');
  });
}

/** What a capsule may use at most. */
export const limits = z
  .strictObject({
    memory: key(atLeast(4 * 2 ** 20, '4 MiB').exactOptional(), {
      what: 'Memory, at least 4 MiB.',
      unit: 'bytes',
      without: 'all there is',
      example: 'limits = { memory = "256Mi" }',
    }),
    cpu: key(z.number().gt(0.01).exactOptional(), {
      what: 'CPUs, as 1.5; more than 0.01.',
      without: 'all there are',
      example: 'limits = { cpu = 1.5 }',
    }),
    pids: key(z.int().min(1).exactOptional(), {
      what: 'Processes and threads.',
      without: 'as many as the host allows',
      example: 'limits = { pids = 100 }',
    }),
    io: key(atLeast(2 ** 16, '64 KiB').exactOptional(), {
      what: 'What it may read in a second, and as much to write, on the disk under the data directory; at least 64 KiB. Needs cgroup version 2.',
      unit: 'bytes',
      without: 'as fast as the disk is',
      example: 'limits = { io = "20Mi" }',
    }),
    disk: key(atLeast(2 ** 20, '1 MiB').exactOptional(), {
      what: 'What it may write to its root, at least 1 MiB.',
      unit: 'bytes',
      without: 'all there is',
      example: 'limits = { disk = "1Gi" }',
    }),
  })
  .readonly();
