import type { NewEvent } from '../../stateStore/loopState.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';

/** Told after a source has written events down; what they are numbered, the store knows. */
export type Listener = (source: string, events: readonly NewEvent[]) => void;

/** A state store that tells whoever listens what was noted in it. */
export function announcing(store: StateStore): {
  readonly store: StateStore;
  listen(listener: Listener): void;
} {
  const listeners: Listener[] = [];
  return {
    store: {
      ...store,
      note(scope, source, note) {
        store.note(scope, source, note);
        const { events = [] } = note;
        if (events.length > 0) for (const listener of listeners) listener(source, events);
      },
    },
    listen: (listener) => void listeners.push(listener),
  };
}
