import type { Address, Kind, Resource } from '../../schema/manifest.ts';
import type { Host } from '../../reconcilers/host/host.ts';
import type { Observation, Observations } from '../../reconcilers/reconciler.ts';
import { admitted } from '../plan/admitted.ts';
import { registry } from '../../reconcilers/registry.ts';

/** Reads resources anew; requests of one kind that arrive while a read is under way share the next one. */
export interface Observer {
  wanted(resource: Resource): Promise<Observation<unknown>>;
  /** What is left of something that is not declared any more; undefined: nothing. */
  stray(kind: Kind, address: Address): Promise<unknown>;
}

export function createObserver(host: Host): Observer {
  const passes = new Map<Kind, Passes>();
  const passOf = (kind: Kind): Passes => {
    const existing = passes.get(kind);
    if (existing !== undefined) return existing;
    const made: Passes = { running: undefined, next: undefined };
    passes.set(kind, made);
    return made;
  };
  const ask = (kind: Kind, resource?: Resource): Promise<Observations<unknown>> => {
    const pass = passOf(kind);
    pass.next ??= { resources: [], result: after(pass.running, () => begin(kind, pass)) };
    if (resource !== undefined) pass.next.resources.push(resource);
    return pass.next.result;
  };
  const begin = (kind: Kind, pass: Passes): Promise<Observations<unknown>> => {
    const resources = pass.next?.resources ?? [];
    pass.next = undefined;
    const reading = registry[kind].observe(host.view(), resources);
    pass.running = reading;
    return reading;
  };
  return {
    wanted: async (resource) => {
      const found = (await ask(resource.kind, resource)).wanted.get(resource.address);
      return admitted(found ?? { status: 'absent' }, resource);
    },
    stray: async (kind, address) => (await ask(kind)).strays.get(address),
  };
}

interface Passes {
  running: Promise<unknown> | undefined;
  next: { readonly resources: Resource[]; readonly result: Promise<Observations<unknown>> } | undefined;
}

/** Starts when the other has ended, however it ended, and not before the present turn has asked for all it wants. */
async function after<T>(other: Promise<unknown> | undefined, start: () => Promise<T>): Promise<T> {
  await other?.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  return start();
}
