import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { z } from 'zod';

const value = z.object({ stringValue: z.string().optional() });
const attributes = z.array(z.object({ key: z.string(), value }));
/** Of opentelemetry-proto's trace.proto, as JSON, what is looked at here; ids are hexadecimal (OTLP specification, "JSON Protobuf Encoding"). */
const Request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          scope: z.object({ name: z.string() }),
          spans: z.array(
            z.object({
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z.string().optional(),
              name: z.string(),
              startTimeUnixNano: z.string().regex(/^\d+$/),
              endTimeUnixNano: z.string().regex(/^\d+$/),
              attributes,
              status: z.object({ code: z.number().optional(), message: z.string().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface ReceivedSpan {
  readonly service: string | undefined;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | undefined;
  readonly name: string;
  readonly ns: bigint;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly error: string | undefined;
}

/** A stand-in for a collector: it takes what OTLP over HTTP sends, and refuses what it cannot read. */
export async function otlpReceiver(): Promise<
  { url: string; spans: ReceivedSpan[]; headers: unknown[] } & AsyncDisposable
> {
  const spans: ReceivedSpan[] = [];
  const headers: unknown[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.once('end', () => {
      const read = Request.safeParse(JSON.parse(text));
      if (request.url !== '/v1/traces' || !read.success) return void response.writeHead(400).end();
      headers.push(request.headers);
      for (const { resource, scopeSpans } of read.data.resourceSpans) {
        const service = plain(resource.attributes)['service.name'];
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push({
            service,
            traceId: span.traceId,
            spanId: span.spanId,
            parent: span.parentSpanId,
            name: span.name,
            ns: BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano),
            attributes: plain(span.attributes),
            error: span.status.code === 2 ? (span.status.message ?? '') : undefined,
          });
        }
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function plain(all: z.infer<typeof attributes>): Record<string, string | undefined> {
  return Object.fromEntries(all.map(({ key, value: { stringValue } }) => [key, stringValue]));
}
