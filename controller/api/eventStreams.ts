import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { LoopEvent } from '../../stateStore/loopState.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import { Refusal } from './route.ts';

/** Events as they happen, for whoever listens, in the form of server-sent events (html.spec.whatwg.org, section 9.2). */
export interface EventStreams {
  open(request: FastifyRequest, reply: FastifyReply): void;
  /** There are new events. */
  wake(): void;
  /** How many listen. */
  readonly count: number;
  close(): void;
}

interface Stream {
  readonly response: ServerResponse;
  /** The event that was written last. */
  cursor: number;
  /** It takes no more for now: what happens meanwhile is read from the store when it does again. */
  full: boolean;
  busy: boolean;
}

export const maximumStreams = 1000;
/** Events written at a time: what a slow listener has outstanding is no more than these. */
const batch = 100;
/** Streams written to before other work has its turn. */
const together = 20;
/** ms between signs of life, so that a dead connection is found out */
const heartbeat = 15_000;

export function createEventStreams(store: StateStore, scope: string): EventStreams {
  const streams = new Set<Stream>();
  const ring = createRing(store, scope);
  let waking = false;
  let again = false;

  const beat = setInterval(() => {
    for (const { response, full } of streams) if (!full) response.write(':\n\n');
  }, heartbeat);
  beat.unref();

  async function wakeAll(): Promise<void> {
    do {
      again = false;
      ring.refresh();
      let written = 0;
      for (const stream of [...streams]) {
        void pump(stream);
        if ((written += 1) % together === 0) await nextTurn();
      }
    } while (again);
  }

  async function pump(stream: Stream): Promise<void> {
    if (stream.busy || stream.full) return;
    stream.busy = true;
    while (!stream.full && streams.has(stream)) {
      const { text, last } = ring.after(stream.cursor);
      if (last === undefined) break;
      stream.cursor = last;
      stream.full = !stream.response.write(text);
      // One that has much to catch up with lets the others have their turn.
      if (!stream.full) await nextTurn();
    }
    stream.busy = false;
  }

  return {
    get count() {
      return streams.size;
    },
    wake() {
      again = true;
      if (waking) return;
      waking = true;
      void wakeAll().finally(() => (waking = false));
    },
    open(request, reply) {
      if (streams.size >= maximumStreams)
        throw new Refusal(
          429,
          'host.capacity',
          `${maximumStreams} event streams are open already`,
          'close one',
        );
      const from = firstOf(request.headers['last-event-id']);
      if (from !== undefined && !/^\d{1,15}$/.test(from))
        throw new Refusal(400, 'usage', 'Last-Event-ID is the number of an event');
      reply.hijack();
      const response = reply.raw;
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write('retry: 1000\n\n');
      ring.refresh();
      const stream = {
        response,
        cursor: from === undefined ? ring.newest() : Number(from),
        full: false,
        busy: false,
      };
      streams.add(stream);
      response.on('drain', () => {
        stream.full = false;
        void pump(stream);
      });
      response.once('close', () => streams.delete(stream));
      void pump(stream);
    },
    close() {
      clearInterval(beat);
      for (const { response } of streams) response.end();
      streams.clear();
    },
  };
}

/** The newest events, each written out once, however many listen; older ones are read for whoever still wants them. */
function createRing(store: StateStore, scope: string) {
  const kept = 1000;
  const events: { readonly id: number; readonly text: string }[] = [];
  let newest = store.events(scope, { limit: 1 })[0]?.id ?? 0;
  /** Everything after this is in the ring. */
  let since = newest;
  return {
    newest: () => newest,
    refresh(): void {
      for (;;) {
        const more = store.events(scope, { after: newest, limit: batch, first: true });
        events.push(...more.map(written));
        newest = more.at(-1)?.id ?? newest;
        if (more.length < batch) break;
      }
      const gone = events.splice(0, Math.max(0, events.length - kept));
      since = gone.at(-1)?.id ?? since;
    },
    /** As many as are written at a time; `last` is undefined when there are none. */
    after(cursor: number): { readonly text: string; readonly last: number | undefined } {
      const found =
        cursor >= since
          ? events.filter(({ id }) => id > cursor).slice(0, batch)
          : store.events(scope, { after: cursor, limit: batch, first: true }).map(written);
      return { text: found.map(({ text }) => text).join(''), last: found.at(-1)?.id };
    },
  };
}

function written(event: LoopEvent): { readonly id: number; readonly text: string } {
  return {
    id: event.id,
    text: `id: ${event.id}\nevent: ${event.reason}\ndata: ${JSON.stringify(event)}\n\n`,
  };
}

function firstOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
