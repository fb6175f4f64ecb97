import { readFileSync } from 'node:fs';

import type { OutboxRow } from '../../stateStore/outboxState.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import { retryDelay } from '../loop/backoff.ts';
import type { LoopClock } from '../loop/clock.ts';
import type { Log } from '../loop/log.ts';
import { call, Undelivered } from './http.ts';
import type { Body } from './letters.ts';
import type { Audience } from './settings.ts';
import { tellForge } from './tellForge.ts';
import { noticeCall } from './webhooks.ts';

/** Delivers what is in the outbox, oldest first, each channel for itself, until it has arrived. */
export interface Postman {
  /** There may be something new. */
  wake(): void;
  /** What is in hand is finished, or given up. */
  close(): Promise<void>;
}

/** Attempts, the last of them five minutes apart: some three days. */
const most = 900;

export function createPostman(options: {
  readonly store: StateStore;
  readonly audiences: ReadonlyMap<string, Audience>;
  readonly clock: LoopClock;
  readonly log: Log;
  readonly random?: () => number;
}): Postman {
  const { store, audiences, clock, log, random = Math.random } = options;
  const busy = new Map<string, Promise<void>>();
  let timer: unknown;
  let closed = false;

  function wake(): void {
    if (closed) return;
    const channels = Map.groupBy(store.outbox(), ({ channel }) => channel);
    let next = Number.POSITIVE_INFINITY;
    for (const [channel, [first]] of channels) {
      if (first === undefined || busy.has(channel)) continue;
      if (first.due > clock.now()) next = Math.min(next, first.due);
      else
        busy.set(
          channel,
          post(first).finally(() => done(channel)),
        );
    }
    clock.clearTimeout(timer);
    if (Number.isFinite(next)) timer = clock.setTimeout(wake, next - clock.now());
  }

  function done(channel: string): void {
    busy.delete(channel);
    wake();
  }

  async function post(row: OutboxRow): Promise<void> {
    try {
      await deliver(row);
      store.posted(row.id);
    } catch (error) {
      const again = !(error instanceof Undelivered) || error.again;
      const why = error instanceof Undelivered ? error.message : 'what it answered cannot be understood';
      log.warn({ channel: row.channel, reason: 'NotTold' }, `${row.channel}: ${why}`);
      if (again && row.failures < most)
        store.notPosted(row.id, Math.ceil(clock.now() + retryDelay(row.failures + 1, random())));
      else store.posted(row.id);
    }
  }

  async function deliver({ channel, key, body: text }: OutboxRow): Promise<void> {
    const [source = '', kind, index] = channel.split(' ');
    const audience = audiences.get(source);
    const body = JSON.parse(text) as Body;
    if (kind === 'forge' && body.kind !== 'notice') {
      // Whom nobody is told to tell any more is not told.
      if (audience?.forge === undefined) return;
      return tellForge(audience.forge, secretIn(audience.forge.token_file), source, body);
    }
    const table = audience?.notify[Number(index)];
    if (table === undefined || body.kind !== 'notice') return;
    const token = table.token_file === undefined ? undefined : secretIn(table.token_file);
    const url = table.url ?? secretIn(table.url_file ?? '');
    const { status } = await call(noticeCall(table, { url, token }, body, `${channel} ${key}`));
    if (status >= 400) throw new Undelivered(`it answered ${status}`, false);
  }

  return {
    wake,
    async close() {
      closed = true;
      clock.clearTimeout(timer);
      await Promise.all(busy.values());
    },
  };
}

/** Read anew each time, so that a new one is used at once. @throws Undelivered, to be tried again */
function secretIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Undelivered(`${file} cannot be read`, true);
  }
}
