import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { NewEvent } from '../../stateStore/loopState.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import type { Controller } from '../loop/controller.ts';
import { addProcess } from './ofProcess.ts';

/** What Prometheus is told, by its conventions: base units, and what grows ends in `_total` (prometheus.io, "Metric and label naming"). */
export interface Metrics {
  /** A pass over the host of a source took so many ms. */
  passed(source: string, ms: number): void;
  told(source: string, events: readonly NewEvent[]): void;
  /** In the text format of Prometheus, version 0.0.4. */
  text(): Promise<string>;
}

export function createMetrics(options: {
  readonly version: string;
  readonly store: StateStore;
  /** Undefined until it runs. */
  readonly controller: () => Controller | undefined;
  readonly streams?: () => number;
}): Metrics {
  const { version, store, controller, streams = () => 0 } = options;
  const registry = new Registry();
  const registers = [registry];
  addProcess(registry);
  new Gauge({
    name: 'nova_build_info',
    help: 'The version that runs',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  const duration = new Histogram({
    name: 'nova_reconcile_duration_seconds',
    help: 'How long a pass over the host of a source took',
    labelNames: ['source'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const drift = new Counter({
    name: 'nova_drift_total',
    help: 'Times that the host was found changed by somebody else',
    labelNames: ['source', 'kind'],
    registers,
  });
  const events = new Counter({
    name: 'nova_events_total',
    help: 'Events of a source',
    labelNames: ['source', 'severity'],
    registers,
  });
  addLooks({ registers, store, controller, streams });
  return {
    passed: (source, ms) => duration.observe({ source }, ms / 1000),
    told(source, all) {
      for (const { reason, severity, subject } of all) {
        events.inc({ source, severity });
        if (reason === 'Drifted') drift.inc({ source, kind: subject.split('.')[0] ?? '' });
      }
    },
    text: () => registry.metrics(),
  };
}

/** What is looked up each time somebody asks. */
function addLooks({
  registers,
  store,
  controller,
  streams,
}: {
  readonly registers: Registry[];
  readonly store: StateStore;
  readonly controller: () => Controller | undefined;
  readonly streams: () => number;
}): void {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    look: (gauge: Gauge<Label>, running: Controller) => void,
  ) =>
    new Gauge<Label>({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        const running = controller();
        if (running !== undefined) look(this, running);
      },
    });
  gauge('nova_queue_depth', 'Sources that a pass is due or under way for', [], (it, { depth }) =>
    it.set(depth()),
  );
  gauge('nova_event_streams', 'Event streams that are open', [], (it) => it.set(streams()));
  gauge('nova_outbox_letters', 'What others are to be told and were not yet', [], (it) =>
    it.set(store.outbox().length),
  );
  gauge(
    'nova_resource_condition',
    'Whether a condition of a resource holds (1) or not (0)',
    ['source', 'resource', 'type'],
    (it, { loops }) => {
      for (const [source, { recorder }] of loops)
        for (const { subject: resource, type, status } of recorder.conditions)
          if (resource !== '') it.set({ source, resource, type }, status ? 1 : 0);
    },
  );
  gauge(
    'nova_source_condition',
    'Whether a condition of a source as a whole holds (1) or not (0)',
    ['source', 'type'],
    (it, { loops }) => {
      for (const [source, { recorder }] of loops)
        for (const { subject, type, status } of recorder.conditions)
          if (subject === '') it.set({ source, type }, status ? 1 : 0);
    },
  );
  gauge(
    'nova_source_revision_info',
    'The revision that was read last, and the last that came to Ready',
    ['source', 'revision', 'good'],
    (it, { loops }) => {
      for (const [source, { recorder }] of loops) {
        const { revision = '', goodRevision: good = '' } = recorder.row;
        it.set({ source, revision, good }, 1);
      }
    },
  );
  gauge(
    'nova_source_read_timestamp_seconds',
    'When a source was last read; its age is time() less this',
    ['source'],
    (it, { loops, readAt }) => {
      for (const source of loops.keys()) {
        const at = readAt(source);
        if (at !== undefined) it.set({ source }, at / 1000);
      }
    },
  );
  gauge(
    'nova_source_generation',
    'Number of the last generation that came to Ready',
    ['source'],
    (it, { loops }) => {
      for (const [source, { recorder }] of loops)
        if (recorder.row.goodGeneration !== undefined) it.set({ source }, recorder.row.goodGeneration);
    },
  );
}
