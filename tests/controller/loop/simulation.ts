import {
  startController,
  type Controller,
  type ControllerOptions,
} from '../../../controller/loop/controller.ts';
import { readSecrets } from '../../../controller/secrets/readSecrets.ts';
import { createGenerations } from '../../../controller/loop/target.ts';
import type { Delivery, Source } from '../../../controller/sources/source.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import type { Automatic } from '../../../schema/automatics.ts';
import { NovaError } from '../../../schema/errors.ts';
import { parseNovaFile } from '../../../schema/parse.ts';
import { createMemoryStore } from '../../../stateStore/memory.ts';
import type { StateStore } from '../../../stateStore/stateStore.ts';
import { makeWorld } from '../../contracts/reconciler/world.ts';
import { type SimulatedClock, simulatedClock } from './simulatedClock.ts';

/** A controller on a host in memory, with a source that a test writes to and a clock that it moves. */
export interface Simulation {
  readonly host: FakeHost;
  readonly clock: SimulatedClock;
  readonly store: StateStore;
  readonly controller: Controller;
  /** Transactions of the loop so far. */
  readonly notes: () => number;
  /** The next revision, and that there is one is told; undefined: the source cannot be read. */
  push(revision: string, text: string | undefined): Promise<void>;
  /** The next revision, and nobody is told. */
  offer(revision: string, text: string): void;
  /** `Ready=true Converged`, of the source or of a resource. */
  condition(type?: string, subject?: string): string | undefined;
  /** For what takes real time: keys are made in threads. */
  eventually(holds: () => boolean): Promise<void>;
  message(type?: string, subject?: string): string | undefined;
  reasons(): readonly string[];
  /** As after `kill -9`: another controller on the same host and state. */
  again(text?: [revision: string, text: string]): Promise<Simulation>;
}

export interface SimulationOptions {
  readonly host?: FakeHost;
  readonly store?: StateStore;
  readonly clock?: SimulatedClock;
  readonly automatic?: readonly Automatic[];
  /** Where the host's key is. */
  readonly stateDirectory?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly content?: [revision: string, text: string];
  readonly passed?: (source: string, ms: number) => void;
  readonly planned?: ControllerOptions['planned'];
}

export async function simulate(options: SimulationOptions = {}): Promise<Simulation> {
  const { host = makeWorld(), clock = simulatedClock() } = options;
  const inner = options.store ?? createMemoryStore({ clock });
  let notes = 0;
  const store: StateStore = {
    ...inner,
    note: (...args) => {
      notes += 1;
      inner.note(...args);
    },
  };
  let content: readonly [string, string | undefined] | undefined = options.content;
  const source: Source = {
    name: 'lab',
    about: 'a test',
    interval: 1e9,
    async read({ known }): Promise<Delivery | undefined> {
      if (content === undefined) throw new NovaError('file.unreadable', 'there is no such file');
      const [revision, text] = content;
      if (text === undefined) throw new NovaError('file.unreadable', 'there is no such file');
      if (revision === known) return undefined;
      const parsed = await parseNovaFile({ text, file: '/lab/NovaFile.toml' });
      if (!('manifest' in parsed))
        return { revision, commit: revision, manifest: undefined, issues: parsed.issues };
      const issues = await readSecrets(parsed.manifest, options.env ?? {});
      const manifest = issues.length === 0 ? parsed.manifest : undefined;
      return { revision, commit: revision, manifest, issues };
    },
  };
  const scope = host.scope.id;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const controller = await startController({
    scope,
    store,
    generations: createGenerations(store, scope, options.stateDirectory ?? '/nowhere'),
    clock,
    log,
    random: () => 0.5,
    ...(options.planned === undefined ? {} : { planned: options.planned }),
    ...(options.passed === undefined ? {} : { passed: options.passed }),
    open: async ({ project }) => ({
      host,
      store,
      owner: { scope, project },
      [Symbol.asyncDispose]: async () => undefined,
    }),
    followed: [{ source, automatic: options.automatic, deadline: 300_000 }],
  });
  const found = (type: string, subject: string) =>
    store.conditions(scope, 'lab').find((each) => each.type === type && each.subject === subject);
  return {
    host,
    clock,
    store,
    controller,
    notes: () => notes,
    offer(revision, text) {
      content = [revision, text];
    },
    async push(revision, text) {
      content = [revision, text];
      controller.poke('lab');
      await clock.advance(1000);
    },
    condition(type = 'Ready', subject = '') {
      const condition = found(type, subject);
      return condition === undefined ? undefined : `${type}=${condition.status} ${condition.reason}`;
    },
    async eventually(holds) {
      for (let turn = 0; turn < 500 && !holds(); turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        await clock.advance(50);
      }
    },
    message: (type = 'Ready', subject = '') => found(type, subject)?.message,
    reasons: () => store.events(scope, { limit: 1000 }).map(({ reason }) => reason),
    async again(next) {
      const known = next ?? (content as [string, string] | undefined);
      const after = await simulate({
        ...options,
        host,
        store: inner,
        clock,
        ...(known && { content: known }),
      });
      await clock.advance(1000);
      return after;
    },
  };
}
