import { describe, expect, it } from 'vitest';

import { createObserver } from '../../../controller/apply/observer.ts';
import type { Host } from '../../../reconcilers/host/host.ts';
import type { Resource } from '../../../schema/manifest.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

/** A host that tells how often it was read; time passes only as the test says. */
async function readings(count: number) {
  const world = makeWorld();
  const { resources } = await readManifest(
    `project = "demo"\n${Array.from({ length: count }, (_, index) => `[volume.v${index}]\n`).join('')}`,
  );
  const time = { now: 0, read: 0 };
  let sleeping: (() => void)[] = [];
  const clock: Host['clock'] = {
    now: () => time.now,
    sleep: () => new Promise((resolve) => void sleeping.push(resolve)),
  };
  let reads = 0;
  const view = (): ReturnType<Host['view']> => {
    reads += 1;
    time.now += time.read;
    return world.view();
  };
  return {
    world,
    resources,
    time,
    observer: createObserver({ ...world, clock, view }),
    reads: () => reads,
    sleepers: () => sleeping.length,
    wakeAll: () => {
      for (const wake of sleeping) wake();
      sleeping = [];
    },
  };
}

const first = ([resource]: readonly Resource[]): Resource => {
  if (resource === undefined) throw new Error('there is none');
  return resource;
};

/** Until everything that can happen by itself has happened. */
async function turns(): Promise<void> {
  for (let index = 0; index < 20; index += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('what waits for its turn', () => {
  it('is looked at along with whatever is read of its kind: one read for a hundred', async () => {
    const { observer, resources, reads } = await readings(100);
    const waiting = resources.map((resource) => observer.wait(resource, resource));
    for (const each of waiting) expect(await each.takeTurn()).toEqual({ wanted: { status: 'absent' } });
    expect(reads()).toBe(1);
  });

  it('is looked at again when that was too long ago', async () => {
    const { observer, resources, reads, time, world } = await readings(2);
    const [one, other] = resources.map((resource) => observer.wait(resource, resource));
    await one?.takeTurn();
    world.kernel.makeDirectory(`${world.scope.data}/volumes/demo/v1`);
    time.now += 1_001;
    expect(await other?.takeTurn()).toMatchObject({ wanted: { status: 'foreign' } });
    expect(reads()).toBe(2);
  });

  it('is never told what was read before it began to wait', async () => {
    const { observer, resources, reads } = await readings(1);
    const volume = first(resources);
    await observer.look(volume, volume);
    const reading = observer.look(volume, volume);
    await turns();
    await observer.wait(volume, volume).takeTurn();
    await reading;
    expect(reads()).toBe(3);
  });
});

describe('a kind that is read while things are changed', () => {
  it('is read again after a rest of four times as long as that took, by all who asked meanwhile together', async () => {
    const { observer, resources, reads, time, sleepers, wakeAll } = await readings(3);
    const volume = first(resources);
    time.read = 100;
    const change = Promise.withResolvers<void>();
    const changing = observer.during(() => change.promise);
    await observer.look(volume, volume);
    const asked = resources.map((resource) => observer.look(resource, resource));
    await turns();
    expect([reads(), sleepers()]).toEqual([1, 1]);
    time.now += 400;
    wakeAll();
    await Promise.all(asked);
    expect(reads()).toBe(2);
    change.resolve();
    await changing;
  });

  it('is read at once when the last change has ended: nobody else will come', async () => {
    const { observer, resources, reads, time } = await readings(1);
    const volume = first(resources);
    time.read = 100;
    const change = Promise.withResolvers<void>();
    const changing = observer.during(() => change.promise);
    await observer.look(volume, volume);
    const asked = observer.look(volume, volume);
    await turns();
    expect(reads()).toBe(1);
    change.resolve();
    await Promise.all([changing, asked]);
    await observer.look(volume, volume);
    expect(reads()).toBe(3);
  });

  it('is not read because one change has ended where the next one in the line begins', async () => {
    const { observer, resources, reads, time } = await readings(1);
    const volume = first(resources);
    time.read = 100;
    const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const line = (async () => {
      await observer.during(() => one.promise);
      await observer.during(() => other.promise);
    })();
    await observer.look(volume, volume);
    const asked = observer.look(volume, volume);
    await turns();
    one.resolve();
    await turns();
    expect(reads()).toBe(1);
    other.resolve();
    await Promise.all([line, asked]);
    expect(reads()).toBe(2);
  });

  it('is read again although the last read failed', async () => {
    const { observer, resources, world } = await readings(1);
    const volume = first(resources);
    const broken = createObserver({
      ...world,
      view: () => {
        throw new Error('it cannot be read');
      },
    });
    await expect(broken.look(volume, volume)).rejects.toThrow('it cannot be read');
    await expect(broken.look(volume, volume)).rejects.toThrow('it cannot be read');
    expect(await observer.look(volume, volume)).toEqual({ wanted: { status: 'absent' } });
  });
});
