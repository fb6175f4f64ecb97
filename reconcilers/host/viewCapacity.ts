import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import type { Capacity } from './view.ts';

/** Processors that this process may use, and all memory of the machine (proc_meminfo(5), `MemTotal`). */
export function readCapacity(): Capacity {
  const [, kibibytes] = /^MemTotal:\s+([0-9]+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
  return { cpus: availableParallelism(), memory: Number(kibibytes ?? 0) * 1024 };
}
