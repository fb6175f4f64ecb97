import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { file, serve, type ServedWorld } from '../api/served.ts';

/** The parser of Prometheus' own client for Python; it prints each sample as `name labels value`. */
const parser = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = [{'name': f.name, 'type': f.type, 'help': f.documentation,
  'samples': [[s.name, s.labels, s.value] for s in f.samples]} for f in text_string_to_metric_families(sys.stdin.read())]
print(json.dumps(families))
`;
const Families = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    help: z.string(),
    samples: z.array(z.tuple([z.string(), z.record(z.string(), z.string()), z.number()])),
  }),
);
type Families = z.infer<typeof Families>;

function parsed(text: string): Families {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', parser], {
    input: text,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return Families.parse(JSON.parse(stdout.replaceAll('NaN', '-1')));
}

describe('/metrics', () => {
  let world: ServedWorld;
  let families: Families;
  beforeAll(async () => {
    world = await serve();
    const { simulation } = world;
    await simulation.clock.advance(5000);
    await simulation.push('one', file('a', 'b'));
    simulation.host.kernel.ip('link set a mtu 1280');
    simulation.controller.wake();
    await simulation.clock.advance(1000);
    families = parsed((await world.ask('GET', '/metrics')).text);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  const sample = (name: string, labels: Record<string, string> = {}): number | undefined =>
    families
      .flatMap(({ samples }) => samples)
      .find(
        ([known, has]) =>
          known === name && Object.entries(labels).every(([key, value]) => has[key] === value),
      )?.[2];

  it('is read by a parser of Prometheus, each with its type and what it is', () => {
    const own = families.filter(({ name }) => name.startsWith('nova_'));
    expect(own.map(({ name, type }) => `${type} ${name}`).toSorted()).toEqual([
      'counter nova_drift',
      'counter nova_events',
      'gauge nova_build_info',
      'gauge nova_event_streams',
      'gauge nova_outbox_letters',
      'gauge nova_queue_depth',
      'gauge nova_resource_condition',
      'gauge nova_source_condition',
      'gauge nova_source_generation',
      'gauge nova_source_read_timestamp_seconds',
      'gauge nova_source_revision_info',
      'histogram nova_reconcile_duration_seconds',
    ]);
    expect(own.filter(({ help }) => help === '')).toEqual([]);
  });

  it('tells how things stand', () => {
    expect(sample('nova_source_condition', { source: 'lab', type: 'Ready' })).toBe(1);
    expect(sample('nova_resource_condition', { source: 'lab', resource: 'network.a', type: 'Ready' })).toBe(
      1,
    );
    expect(sample('nova_source_revision_info', { revision: 'one', good: 'one' })).toBe(1);
    expect(sample('nova_source_generation', { source: 'lab' })).toBe(1);
    expect(sample('nova_reconcile_duration_seconds_count', { source: 'lab' })).toBeGreaterThan(1);
    expect(sample('nova_drift_total', { source: 'lab', kind: 'network' })).toBe(1);
    expect(sample('nova_source_read_timestamp_seconds', { source: 'lab' })).toBe(5);
    expect(sample('nova_build_info', { version: '1.2.3' })).toBe(1);
  });

  it('has every metric that the dashboard asks for', () => {
    const dashboard = readFileSync(
      resolve(import.meta.dirname, '../../../examples/grafana/nova.json'),
      'utf8',
    );
    const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] };
    const asked = panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) =>
        [...expr.matchAll(/\b(?:nova|process|nodejs)_\w+/g)].map(([name]) => name),
      ),
    );
    expect(asked.length).toBeGreaterThan(10);
    const known = new Set(families.flatMap(({ samples }) => samples.map(([name]) => name)));
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('has health and readiness beside it', async () => {
    for (const path of ['/healthz', '/readyz'])
      expect(await world.ask('GET', path)).toMatchObject({ status: 200, text: 'ok\n' });
    await using young = await serve();
    expect((await young.ask('GET', '/healthz')).status).toBe(200);
    const { status, text } = await young.ask('GET', '/readyz');
    expect([status, text]).toEqual([503, expect.stringContaining('lab')]);
  });
});
