import { NovaError } from '../../schema/errors.ts';

/** One answer for one item of a batch. */
export type Outcome<Result> = PromiseSettledResult<Result>;

/**
 * A read that is shared: at most one is in flight, and all who ask meanwhile share the next one, which begins after
 * they asked. So everyone gets an answer newer than the question.
 */
export function sharedRead<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let waiting: Promise<Result> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  return () => {
    waiting ??= running.then(nextTurn).then(() => {
      waiting = undefined;
      const answer = read();
      running = answer.catch(() => undefined);
      return answer;
    });
    return waiting;
  };
}

/**
 * Work that travels together: items handed in while a batch is in flight make up the next one. `run` answers each
 * item in its place; when it rejects as a whole, every item of the batch does.
 */
export function batched<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Outcome<Result>[]>,
): (item: Item) => Promise<Result> {
  let waiting: { item: Item; answer: PromiseWithResolvers<Result> }[] = [];
  let busy = false;

  const drain = async () => {
    busy = true;
    await nextTurn();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const outcomes = await run(batch.map((entry) => entry.item));
        batch.forEach(({ answer }, index) => settle(answer, outcomes[index]));
      } catch (error) {
        for (const { answer } of batch) answer.reject(error);
      }
    }
    busy = false;
  };

  return (item) => {
    const answer = Promise.withResolvers<Result>();
    waiting.push({ item, answer });
    if (!busy) void drain();
    return answer.promise;
  };
}

/** One after the other, in the order of the calls. */
export function oneAtATime(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

function settle<Result>(answer: PromiseWithResolvers<Result>, outcome: Outcome<Result> | undefined): void {
  if (outcome === undefined) answer.reject(new NovaError('internal', 'the batch did not answer every item'));
  else if (outcome.status === 'fulfilled') answer.resolve(outcome.value);
  else answer.reject(outcome.reason);
}

/** Lets everyone who is about to ask in this turn of the event loop join in. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
