import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { announcing } from '../../../controller/loop/announcing.ts';
import { type Traces, tracesFrom, wantsTraces } from '../../../controller/traces/traces.ts';
import { createMemoryStore } from '../../../stateStore/memory.ts';
import { file } from '../api/served.ts';
import { simulatedClock } from '../loop/simulatedClock.ts';
import { type Simulation, simulate } from '../loop/simulation.ts';
import { otlpReceiver } from './receiver.ts';

afterEach(() => vi.unstubAllEnvs());

async function traced(traces: Traces | undefined): Promise<Simulation> {
  const clock = simulatedClock();
  const { store, listen } = announcing(createMemoryStore({ clock }));
  if (traces !== undefined) listen(traces.told);
  const ran: { by?: Simulation } = {};
  ran.by = await simulate({
    store,
    clock,
    passed: (source, ms) => traces?.passed(source, ms, ran.by?.controller.loops.get(source)),
  });
  return ran.by;
}

describe('traces', () => {
  it('are sent to whom the environment names: passes, revisions, and below them the work on each resource', async () => {
    await using receiver = await otlpReceiver();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=lab');
    vi.stubEnv('OTEL_SERVICE_NAME', 'nova-lab');
    const traces = await tracesFrom(process.env, '1.2.3');
    const simulation = await traced(traces);
    await simulation.push('one', file('a'));
    simulation.host.kernel.failNext('link.add', 'no room');
    await simulation.push('two', file('a', 'b'));
    await simulation.clock.advance(60_000);
    await simulation.controller.stop();
    await traces?.close();
    const { spans } = receiver;
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['nova-lab']));
    expect(receiver.headers[0]).toMatchObject({ 'x-tenant': 'lab' });
    const passes = spans.filter(({ name }) => name === 'reconcile');
    expect(passes.length).toBeGreaterThan(3);
    expect(passes.at(-1)?.attributes).toMatchObject({ 'nova.source': 'lab', 'nova.revision': 'two' });
    expect(passes.at(-1)?.attributes['nova.plan']).toMatch(/^[0-9a-f]{16,}$/);
    expect(passes.every(({ ns }) => ns >= 0n)).toBe(true);
    const applied = spans.filter(({ name }) => name === 'apply');
    expect(applied.map(({ attributes, error }) => [attributes['nova.revision'], error])).toEqual([
      ['one', undefined],
      ['two', undefined],
    ]);
    const work = spans.filter(({ name }) => name === 'creating network');
    for (const { parent, traceId, attributes } of work) {
      const above = applied.find(({ spanId }) => spanId === parent);
      expect(above?.traceId).toBe(traceId);
      expect(above?.attributes['nova.revision']).toBe(attributes['nova.revision']);
    }
    expect(work.map(({ attributes }) => attributes['nova.resource'])).toEqual(
      expect.arrayContaining(['network.a', 'network.b']),
    );
  });

  it.each([
    { env: {}, wanted: false },
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, wanted: true },
    { env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }, wanted: true },
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_SDK_DISABLED: 'true' }, wanted: false },
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_TRACES_EXPORTER: 'none' }, wanted: false },
  ])('are wanted with $env: $wanted', ({ env, wanted }) => {
    expect(wantsTraces(env)).toBe(wanted);
  });

  it('load nothing when nobody asks for them', () => {
    const traces = resolve(import.meta.dirname, '../../../controller/traces/traces.ts');
    const program = `
      const { registerHooks } = await import('node:module');
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const { tracesFrom } = await import(${JSON.stringify(traces)});
      const made = await tracesFrom(process.env, '1');
      await made?.close();
      console.log(made === undefined, loaded.filter((url) => url.includes('@opentelemetry')).length);`;
    const run = (env: Record<string, string>): string => {
      const argv = ['--input-type=module', '--eval', program];
      const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', env });
      return stdout === '' ? stderr : stdout.trim();
    };
    expect(run({})).toBe('true 0');
    expect(run({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toMatch(/^false [1-9]\d*$/);
  });
});
