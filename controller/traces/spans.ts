import { context, ROOT_CONTEXT, type Span, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';

import type { NewEvent } from '../../stateStore/loopState.ts';
import type { Traces } from './traces.ts';

const beginnings = ['Creating', 'Updating', 'Replacing', 'Deleting', 'Drifted'];

/**
 * Makes spans of events: one for a revision, from when it was read until it is applied or rolled back, and below it one for
 * the work on each resource. A pass over a host is a span of its own.
 */
export function recordSpans(tracer: Tracer): Omit<Traces, 'close'> {
  const revisions = new Map<string, Span>();
  const resources = new Map<string, Span>();

  function ended(spans: Map<string, Span>, key: string, error?: string): void {
    const span = spans.get(key);
    spans.delete(key);
    if (error !== undefined) span?.setStatus({ code: SpanStatusCode.ERROR, message: error });
    span?.end();
  }

  function ofSource(source: string, { reason, severity, message, revision }: NewEvent): void {
    if (reason === 'Revision') {
      ended(revisions, source, 'a newer revision came');
      const attributes = { 'nova.source': source, 'nova.revision': revision ?? '' };
      revisions.set(source, tracer.startSpan('apply', { attributes }, ROOT_CONTEXT));
    } else if (reason === 'Applied') ended(revisions, source);
    else if (reason === 'RolledBack') ended(revisions, source, message);
    else revisions.get(source)?.addEvent(reason, { severity, message });
  }

  function ofResource(source: string, { subject, reason, severity, message, revision }: NewEvent): void {
    const key = `${source} ${subject}`;
    if (beginnings.includes(reason)) {
      ended(resources, key);
      const above = revisions.get(source);
      const parent = above === undefined ? ROOT_CONTEXT : trace.setSpan(context.active(), above);
      const kind = subject.split('.')[0] ?? '';
      const attributes = {
        'nova.source': source,
        'nova.resource': subject,
        'nova.revision': revision ?? '',
        'nova.reason': message,
      };
      resources.set(key, tracer.startSpan(`${reason.toLowerCase()} ${kind}`, { attributes }, parent));
    } else ended(resources, key, severity === 'warning' ? message : undefined);
  }

  return {
    passed(source, ms, loop) {
      const endTime = Date.now();
      const { row, plan } = loop?.recorder ?? {};
      const attributes = {
        'nova.source': source,
        'nova.revision': row?.revision ?? '',
        'nova.plan': plan ?? '',
      };
      tracer.startSpan('reconcile', { attributes, startTime: endTime - ms }, ROOT_CONTEXT).end(endTime);
    },
    told(source, events) {
      for (const event of events) (event.subject === '' ? ofSource : ofResource)(source, event);
    },
  };
}
