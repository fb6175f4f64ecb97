import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { announcing } from '../../../controller/loop/announcing.ts';
import { type Announcer, createAnnouncer } from '../../../controller/notify/announcer.ts';
import type { Audience } from '../../../controller/notify/settings.ts';
import { createMemoryStore } from '../../../stateStore/memory.ts';
import type { StateStore } from '../../../stateStore/stateStore.ts';
import { type SimulatedClock, simulatedClock } from '../loop/simulatedClock.ts';
import { type Simulation, simulate } from '../loop/simulation.ts';
import { token } from './forge.ts';

/** A controller on a host in memory that tells an audience. */
export interface Told extends AsyncDisposable {
  readonly simulation: Simulation;
  readonly logged: readonly string[];
  /** Lets time pass and letters travel until nothing is left to be told. */
  delivered(): Promise<void>;
  /** As after `kill -9`: letters in hand are lost from memory, and another begins on the same state. */
  killed(): Promise<Told>;
}

export const revision = (digit: number): string => `main@${String(digit).repeat(40)}`;

interface Ground {
  readonly store: StateStore;
  readonly clock: SimulatedClock;
  readonly simulation?: Simulation;
}

/** @param audience given the file that holds the token */
export async function tell(audience: (tokenFile: string) => Audience, ground?: Ground): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), 'nova-told-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, `${token}\n`);
  const clock = ground?.clock ?? simulatedClock();
  const kept = ground?.store ?? createMemoryStore({ clock });
  const { store, listen } = announcing(kept);
  const logged: string[] = [];
  const say = (_: unknown, message: string): void => void logged.push(message);
  const log = { info: say, warn: say, error: say };
  const before = ground?.simulation;
  const announced: { by?: Announcer } = {};
  const options = {
    store,
    clock,
    automatic: ['create', 'update', 'restart', 'delete'] as const,
    planned: (...args: Parameters<Announcer['planned']>) => announced.by?.planned(...args),
    ...(before === undefined ? {} : { host: before.host }),
  };
  const scope = before?.host.scope.id;
  const begin = (id: string): Announcer =>
    createAnnouncer({ scope: id, store, audiences: new Map([['lab', audience(tokenFile)]]), clock, log });
  if (scope !== undefined) announced.by = begin(scope);
  const simulation = await simulate(options);
  announced.by ??= begin(simulation.host.scope.id);
  listen(() => announced.by?.told());
  announced.by.told();
  return {
    simulation,
    logged,
    async delivered() {
      while (kept.outbox().length > 0) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        await clock.advance(20);
      }
    },
    async killed() {
      await announced.by?.close();
      return tell(audience, { store: kept, clock, simulation });
    },
    async [Symbol.asyncDispose]() {
      await announced.by?.close();
      await simulation.controller.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
