import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Intent, InventoryRow, StateStore } from '../../stateStore/stateStore.ts';

import { accessStoreContract } from './accessStore.ts';
import { loopStoreContract } from './loopStore.ts';

const owner = { scope: '3f2a9c1b', project: 'demo' };
const stranger = { scope: '3f2a9c1b', project: 'other' };
const elsewhere = { scope: '00000000', project: 'demo' };

const row = (address: InventoryRow['address'], identity: string, since = 1): InventoryRow => ({
  address,
  identity,
  since,
});
const intent = (step: string, address: Intent['address'] = 'network.lan'): Intent => ({
  run: 'run-1',
  address,
  step,
});

/** What every state store does. `open` gives an empty one that reads the time from the clock. */
export function stateStoreContract(name: string, open: (clock: { now(): number }) => StateStore): void {
  loopStoreContract(name, open);
  accessStoreContract(name, open);
  describe(`${name} keeps the contract of a state store`, () => {
    let time = 0;
    let store: StateStore;
    beforeEach(() => {
      time = 1000;
      store = open({ now: () => time });
    });
    afterEach(() => store.close());

    describe('claim', () => {
      it('passes on from a NovaFile that is gone, and from no other', () => {
        store.claim(owner, '/a/NovaFile.toml');
        expect(store.claim(owner, '/b/NovaFile.toml', '/c/NovaFile.toml')).toBe('/a/NovaFile.toml');
        expect(store.claim(owner, '/b/NovaFile.toml', '/a/NovaFile.toml')).toBeUndefined();
        expect(store.claimant(owner)).toBe('/b/NovaFile.toml');
      });

      it('gives a free project to whoever asks first', () => {
        expect(store.claim(owner, '/a/NovaFile.toml')).toBeUndefined();
        expect(store.claimant(owner)).toBe('/a/NovaFile.toml');
      });

      it('names the other NovaFile and leaves the project to it', () => {
        store.claim(owner, '/a/NovaFile.toml');
        expect(store.claim(owner, '/b/NovaFile.toml')).toBe('/a/NovaFile.toml');
        expect(store.claimant(owner)).toBe('/a/NovaFile.toml');
      });

      it('may be repeated by the same NovaFile', () => {
        store.claim(owner, '/a/NovaFile.toml');
        expect(store.claim(owner, '/a/NovaFile.toml')).toBeUndefined();
      });

      it('is of one scope only', () => {
        store.claim(owner, '/a/NovaFile.toml');
        expect(store.claim(elsewhere, '/b/NovaFile.toml')).toBeUndefined();
      });
    });

    describe('projects', () => {
      it('lists what is claimed in a scope, sorted', () => {
        store.claim(stranger, '/b/NovaFile.toml');
        store.claim(owner, '/a/NovaFile.toml');
        store.claim({ ...elsewhere, project: 'third' }, '/c/NovaFile.toml');
        expect(store.projects(owner.scope)).toEqual(['demo', 'other']);
      });
    });

    describe('release', () => {
      it('forgets claim and inventory, and keeps generations and the journal', () => {
        store.claim(owner, '/a/NovaFile.toml');
        store.record(owner, [row('network.lan', 'n1')]);
        store.begin(owner, [intent('bridge')]);
        store.addGeneration(owner, '{}');
        store.release(owner);
        expect(store.claimant(owner)).toBeUndefined();
        expect(store.inventory(owner)).toEqual([]);
        expect(store.journal(owner, 10)).toHaveLength(1);
        expect(store.generations(owner, 10)).toHaveLength(1);
      });

      it('leaves other projects alone', () => {
        store.claim(stranger, '/b/NovaFile.toml');
        store.record(stranger, [row('network.lan', 'n1')]);
        store.release(owner);
        expect(store.projects(owner.scope)).toEqual(['other']);
        expect(store.inventory(stranger)).toHaveLength(1);
      });
    });

    describe('record', () => {
      it('keeps rows sorted by address, each in its project', () => {
        store.record(owner, [row('volume.data', 'v1', 5), row('network.lan', 'n1', 6)]);
        expect(store.inventory(owner)).toEqual([row('network.lan', 'n1', 6), row('volume.data', 'v1', 5)]);
        expect(store.inventory(stranger)).toEqual([]);
      });

      it('keeps since when when the identity is the same', () => {
        store.record(owner, [row('network.lan', 'n1', 5)]);
        store.record(owner, [row('network.lan', 'n1', 9)]);
        expect(store.inventory(owner)).toEqual([row('network.lan', 'n1', 5)]);
      });

      it('replaces the row when the identity is another', () => {
        store.record(owner, [row('network.lan', 'n1', 5)]);
        store.record(owner, [row('network.lan', 'n2', 9)]);
        expect(store.inventory(owner)).toEqual([row('network.lan', 'n2', 9)]);
      });
    });

    describe('forget', () => {
      it('takes away the named rows and minds no absent one', () => {
        store.record(owner, [row('network.lan', 'n1'), row('volume.data', 'v1')]);
        store.forget(owner, ['network.lan', 'container.web']);
        expect(store.inventory(owner)).toEqual([row('volume.data', 'v1')]);
      });
    });

    describe('begin and end', () => {
      it('returns rising ids in the order of the intents', () => {
        const [first = 0, second = 0] = store.begin(owner, [intent('bridge'), intent('dnsmasq')]);
        const [third = 0] = store.begin(stranger, [intent('bridge')]);
        expect(first).toBeGreaterThan(0);
        expect(second).toBeGreaterThan(first);
        expect(third).toBeGreaterThan(second);
      });

      it('has an intent pending until it has an outcome', () => {
        const ids = store.begin(owner, [intent('bridge'), intent('dnsmasq')]);
        expect(store.pending(owner).map((entry) => entry.step)).toEqual(['bridge', 'dnsmasq']);
        store.end(ids.slice(0, 1), 'done');
        expect(store.pending(owner).map((entry) => entry.step)).toEqual(['dnsmasq']);
        expect(store.pending(stranger)).toEqual([]);
      });

      it('writes down when, with which outcome and which error', () => {
        const ids = store.begin(owner, [intent('bridge')]);
        time = 2000;
        store.end(ids, 'failed', 'no such device');
        expect(store.journal(owner, 1)).toEqual([
          {
            ...intent('bridge'),
            id: ids[0],
            begun: 1000,
            ended: 2000,
            outcome: 'failed',
            error: 'no such device',
          },
        ]);
      });

      it('takes along what is done before the next intent', () => {
        const [first = 0] = store.begin(owner, [intent('bridge')]);
        time = 2000;
        store.begin(owner, [intent('dnsmasq')], [first]);
        expect(store.pending(owner).map((entry) => entry.step)).toEqual(['dnsmasq']);
        expect(store.journal(owner, 2)).toMatchObject([
          { step: 'dnsmasq', begun: 2000 },
          { step: 'bridge', ended: 2000, outcome: 'done' },
        ]);
      });

      it('keeps the first outcome and minds no unknown id', () => {
        const ids = store.begin(owner, [intent('bridge')]);
        store.end(ids, 'done');
        store.end([...ids, 999], 'failed', 'too late');
        expect(store.journal(owner, 10)).toMatchObject([{ outcome: 'done', error: undefined }]);
      });
    });

    describe('journal', () => {
      it('tells the newest entries first, as many as are asked for', () => {
        store.begin(
          owner,
          ['a', 'b', 'c'].map((step) => intent(step)),
        );
        store.begin(stranger, [intent('d')]);
        expect(store.journal(owner, 2).map((entry) => entry.step)).toEqual(['c', 'b']);
      });

      it('is pruned to the newest entries, but for intents without an outcome', () => {
        const ids = store.begin(
          owner,
          ['a', 'b', 'c', 'd', 'e'].map((step) => intent(step)),
        );
        store.end(ids.slice(1), 'done');
        store.begin(stranger, [intent('f')]);
        store.prune(owner, 2);
        expect(store.journal(owner, 10).map((entry) => entry.step)).toEqual(['e', 'd', 'a']);
        expect(store.pending(owner).map((entry) => entry.step)).toEqual(['a']);
        expect(store.journal(stranger, 10)).toHaveLength(1);
        store.end(ids, 'settled');
        store.prune(owner, 0);
        expect(store.journal(owner, 10)).toEqual([]);
        const [next = 0] = store.begin(owner, [intent('g')]);
        expect(next).toBeGreaterThan(Math.max(...ids));
      });
    });

    describe('remember', () => {
      it('keeps what a trial came to last, for whoever asks', () => {
        expect(store.tried('runtime')).toBeUndefined();
        store.remember('runtime', 'crun');
        store.remember('runtime', 'runc');
        expect([store.tried('runtime'), store.tried('other')]).toEqual(['runc', undefined]);
      });
    });

    describe('addGeneration', () => {
      it('numbers from 1 in each project and tells the newest first', () => {
        expect(store.addGeneration(owner, '{"a":1}', 'c0ffee')).toBe(1);
        time = 2000;
        expect(store.addGeneration(owner, '{"a":2}')).toBe(2);
        expect(store.addGeneration(stranger, '{}')).toBe(1);
        expect(store.generations(owner, 10)).toEqual([
          { number: 2, manifest: '{"a":2}', commit: undefined, appliedAt: 2000 },
          { number: 1, manifest: '{"a":1}', commit: 'c0ffee', appliedAt: 1000 },
        ]);
        expect(store.generations(owner, 1)).toHaveLength(1);
      });

      it('adds none when the manifest is that of the newest', () => {
        store.addGeneration(owner, '{"a":1}');
        expect(store.addGeneration(owner, '{"a":1}', 'another commit')).toBe(1);
        store.addGeneration(owner, '{"a":2}');
        expect(store.addGeneration(owner, '{"a":1}')).toBe(3);
      });
    });

    describe('borrow and giveBack', () => {
      it('keeps what the first user found, for all of them', () => {
        expect(store.borrow('s', 'net.ipv4.ip_forward', '0', 'demo')).toBe('0');
        expect(store.borrow('s', 'net.ipv4.ip_forward', '1', 'another')).toBe('0');
        expect(store.borrowed('s')).toEqual([
          { key: 'net.ipv4.ip_forward', original: '0', users: ['another', 'demo'] },
        ]);
        expect(store.borrowed('t')).toEqual([]);
      });

      it('returns the original to the last user only', () => {
        store.borrow('s', 'k', '0', 'a');
        store.borrow('s', 'k', '1', 'b');
        expect(store.giveBack('s', 'k', 'a')).toBeUndefined();
        expect(store.giveBack('s', 'k', 'a')).toBeUndefined();
        expect(store.giveBack('s', 'k', 'b')).toBe('0');
        expect(store.giveBack('s', 'k', 'b')).toBeUndefined();
        expect(store.borrowed('s')).toEqual([]);
      });

      it('writes what is borrowed together, and rejects with what went wrong', () => {
        const both = store.together(() => [
          store.borrow('s', 'k', '0', 'a'),
          store.together(() => store.borrow('s', 'k', '1', 'b')),
        ]);
        expect(both).toEqual(['0', '0']);
        expect(store.borrowed('s')).toEqual([{ key: 'k', original: '0', users: ['a', 'b'] }]);
        const failing = (): void =>
          store.together(() => {
            throw new Error('no');
          });
        expect(failing).toThrow('no');
        store.together(() => ['a', 'b'].map((user) => store.giveBack('s', 'k', user)));
        expect(store.borrowed('s')).toEqual([]);
      });

      it('counts a user once', () => {
        store.borrow('s', 'k', '0', 'a');
        store.borrow('s', 'k', '1', 'a');
        expect(store.giveBack('s', 'k', 'a')).toBe('0');
      });
    });
  });
}
