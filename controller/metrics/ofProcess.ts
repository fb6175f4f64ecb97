import { readdirSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';

import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * What Prometheus is told of the process, under the names that everybody uses for it; each is looked up when somebody
 * asks. The client's own collection of these listens for the event loop's delay all the time: that wakes a process that
 * rests a hundred times in a second.
 */
export function addProcess(registry: Registry): void {
  const registers = [registry];
  const gauge = (name: string, help: string, look: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(look());
      },
    });
  const counter = (name: string, help: string, look: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(look());
      },
    });
  const started = Date.now() / 1000 - process.uptime();
  counter('process_cpu_seconds_total', 'Processor time, in seconds', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  counter(
    'nodejs_eventloop_active_seconds_total',
    'Time in which the event loop had something to do, in seconds',
    () => performance.eventLoopUtilization().active / 1000,
  );
  gauge('process_start_time_seconds', 'When it was started, in seconds since the epoch', () => started);
  gauge('process_resident_memory_bytes', 'Resident memory, in bytes', () => process.memoryUsage.rss());
  gauge('process_open_fds', 'Open file descriptors', () => readdirSync('/proc/self/fd').length - 1);
  gauge(
    'nodejs_heap_size_total_bytes',
    'Size of the heap, in bytes',
    () => getHeapStatistics().total_heap_size,
  );
  gauge(
    'nodejs_heap_size_used_bytes',
    'Of the heap in use, in bytes',
    () => getHeapStatistics().used_heap_size,
  );
}
