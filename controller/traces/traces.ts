import type { NewEvent } from '../../stateStore/loopState.ts';
import type { ProjectLoop } from '../loop/projectLoop.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Spans of what a controller does, for whoever collects them. */
export interface Traces {
  /** A pass over the host of a source took so many ms, and has just ended. */
  passed(source: string, ms: number, loop?: Pick<ProjectLoop, 'recorder'>): void;
  told(source: string, events: readonly NewEvent[]): void;
  /** What was not sent yet is sent. */
  close(): Promise<void>;
}

/**
 * Whether traces are asked for by the environment, as opentelemetry.io tells ("OTLP Exporter Configuration", "General SDK
 * Configuration"); they go nowhere without an address.
 */
export function wantsTraces(env: Environment): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none')
    return false;
  return Boolean(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']);
}

/** Loads what makes and sends spans (OTLP over HTTP), where that is asked for, and nothing of it otherwise. */
export async function tracesFrom(env: Environment, version: string): Promise<Traces | undefined> {
  if (!wantsTraces(env)) return undefined;
  const { startTracing } = await import('./provider.ts');
  const { tracer, close } = startTracing(env, version);
  const { recordSpans } = await import('./spans.ts');
  return { ...recordSpans(tracer), close };
}
