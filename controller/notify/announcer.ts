import type { StateStore } from '../../stateStore/stateStore.ts';
import type { LoopClock } from '../loop/clock.ts';
import type { Log } from '../loop/log.ts';
import type { Target } from '../loop/target.ts';
import type { Plan } from '../plan/plan.ts';
import { planMarkdown } from '../render/planMarkdown.ts';
import { commitIn, forgeChannel, lettersOf } from './letters.ts';
import { createPostman } from './postman.ts';
import type { Audience } from './settings.ts';

/** Writes letters of what happens, and has them delivered. */
export interface Announcer {
  /** There are new events. */
  told(): void;
  /** A plan for a revision is about to be begun, or waits. */
  planned(source: string, target: Target, plan: Plan): void;
  close(): Promise<void>;
}

/** The cursor while there is nobody to be told. */
const nobody = -1;
/** Events that letters are written for at a time. */
const batch = 200;

export function createAnnouncer(options: {
  readonly scope: string;
  readonly store: StateStore;
  readonly audiences: ReadonlyMap<string, Audience>;
  readonly clock: LoopClock;
  readonly log: Log;
}): Announcer {
  const { scope, store, audiences } = options;
  const postman = createPostman(options);
  const cursorName = `${scope} events`;
  const anybody = [...audiences.values()].some(
    ({ forge, notify }) => forge !== undefined || notify.length > 0,
  );
  begin();

  /** Who is told from now on is not told what was before; only what a kill kept from being written down. */
  function begin(): void {
    const cursor = store.outboxCursor(cursorName);
    if (anybody && (cursor === undefined || cursor === nobody))
      store.post(cursorName, store.events(scope, { limit: 1 })[0]?.id ?? 0, []);
    if (anybody) return;
    if (cursor !== undefined && cursor !== nobody) store.post(cursorName, nobody, []);
    // What was for somebody who is not to be told any more is put away.
    postman.wake();
  }

  /** A kill in between loses and doubles nothing: letters and how far they were written are one transaction. */
  function told(): void {
    if (!anybody) return;
    for (;;) {
      const events = store.events(scope, {
        after: store.outboxCursor(cursorName) ?? 0,
        limit: batch,
        first: true,
      });
      const last = events.at(-1);
      if (last === undefined) break;
      const letters = events.flatMap((event) => {
        const audience = audiences.get(event.source);
        if (audience === undefined) return [];
        // What has come to Ready once is not made worse by what happens later, to the host or to its source.
        const isGood = store.sources(scope).some((row) => row.goodRevision === event.revision);
        const later = event.severity === 'warning' && isGood;
        return lettersOf(event, later ? { ...audience, forge: undefined } : audience);
      });
      store.post(cursorName, last.id, letters);
    }
    postman.wake();
  }

  return {
    told,
    planned(source, { revision }, plan) {
      const sha = commitIn(revision);
      if (audiences.get(source)?.forge === undefined || sha === undefined) return;
      const body = JSON.stringify({ kind: 'comment', sha, text: planMarkdown(plan) });
      const channel = forgeChannel(source);
      // Once for a commit: what is left of the plan while it is being applied is no news.
      store.post(`${scope} plans`, 0, [{ channel, key: `plan ${sha}`, body }]);
      postman.wake();
    },
    close: () => postman.close(),
  };
}
