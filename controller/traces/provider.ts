import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** The address, headers and the like the exporter reads from the environment itself. */
export function startTracing(
  env: Readonly<Record<string, string | undefined>>,
  version: string,
): { readonly tracer: Tracer; close(): Promise<void> } {
  const own = resourceFromAttributes({
    'service.name': env['OTEL_SERVICE_NAME'] ?? 'nova',
    'service.version': version,
  });
  const provider = new TracerProvider({
    resource: detectResources({ detectors: [envDetector] }).merge(own),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  return { tracer: provider.getTracer('nova', version), close: () => provider.shutdown() };
}
