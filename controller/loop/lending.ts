import { NovaError } from '../../schema/errors.ts';
import type { Address } from '../../schema/manifest.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import type { Desired } from './desired.ts';
import { heldIn, heldText } from './held.ts';
import type { Recorder } from './recorder.ts';
import { type Generations, revisionOfGeneration } from './target.ts';

/** What a person did to a project that was lent, in the words of the command. */
export type ByHand =
  | { readonly did: 'stop' | 'start' | 'forget'; readonly addresses: readonly Address[] }
  | { readonly did: 'apply' | 'destroy' | 'rollback' };

/** One command at a time has a project that a controller owns; the loop rests until it is back. */
export interface Lending {
  readonly lent: boolean;
  /** Resolves with a lease when nothing is under way and nobody holds the project. @throws NovaError `state.locked` */
  lend(): Promise<symbol>;
  /**
   * @param done undefined: nothing that has to be remembered
   * @param lease of whom it is taken back; undefined: of whoever has it
   */
  takeBack(done: ByHand | undefined, lease?: symbol): Promise<void>;
}

export function createLending(options: {
  readonly name: string;
  readonly scope: string;
  readonly store: StateStore;
  readonly generations: Generations;
  readonly recorder: Recorder;
  readonly desired: Desired;
  /** Ends what is under way, and lets the project go. */
  readonly rest: () => Promise<void>;
  /** The loop goes on. */
  readonly goOn: () => void;
}): Lending {
  const { name, recorder, desired } = options;
  let lent: symbol | undefined;

  const tell = (reason: string, message: string, subject = ''): void =>
    recorder.event({ subject, severity: 'normal', reason, message });

  /** Of the generation that the command has written down. */
  async function goneBack(): Promise<void> {
    const project = recorder.row.project ?? desired.good?.manifest.project;
    if (project === undefined) return;
    const [newest] = options.store.generations({ scope: options.scope, project }, 1);
    const manifest = newest && (await options.generations.manifestOf(newest));
    if (newest === undefined || manifest === undefined) return;
    const revision = revisionOfGeneration(newest, recorder.row.revision);
    desired.goBack({ revision, commit: newest.commit, manifest }, newest.number);
  }

  async function remember(done: ByHand): Promise<void> {
    if ('addresses' in done) {
      const held = heldIn(recorder.row);
      const [reason, message] = words[done.did];
      for (const address of done.addresses) {
        if (done.did === 'stop') held.add(address);
        else held.delete(address);
        tell(reason, message, address);
      }
      return recorder.set({ held: heldText(held) });
    }
    if (done.did === 'rollback') return goneBack();
    if (done.did === 'apply') return tell('ByHand', 'a person has applied a plan');
    recorder.set({ suspended: true, held: undefined });
    return tell('Destroyed', `a person has destroyed it; \`nova resume ${name}\` makes it anew`);
  }

  return {
    get lent() {
      return lent !== undefined;
    },
    async lend() {
      if (lent !== undefined) {
        throw new NovaError('state.locked', `another command is at work on the project of ${name}`, {
          hint: 'try again when it has ended',
        });
      }
      const lease = Symbol(name);
      lent = lease;
      try {
        await options.rest();
      } catch (error) {
        lent = undefined;
        options.goOn();
        throw error;
      }
      return lease;
    },
    async takeBack(done, lease = lent) {
      if (lent === undefined || lease !== lent) return;
      try {
        if (done !== undefined) await remember(done);
      } finally {
        lent = undefined;
        recorder.flush();
        options.goOn();
      }
    },
  };
}

const words = {
  stop: ['Stopped', 'a person has stopped it'],
  start: ['Started', 'a person has started it'],
  forget: ['Forgotten', 'a person has given it up'],
} as const;
