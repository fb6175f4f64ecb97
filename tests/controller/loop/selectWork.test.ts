import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { restrictTo, selectWork, triedOf } from '../../../controller/loop/selectWork.ts';
import { type Standing, unknownStanding, wellStanding } from '../../../controller/loop/standing.ts';
import type { Plan, PlannedResource } from '../../../controller/plan/plan.ts';
import type { Address } from '../../../schema/manifest.ts';

const step = {
  id: 'make',
  effect: 'live',
  reason: 'it is not there',
  class: 'missing',
  changes: [],
} as const;

function planned(
  address: Address,
  action: PlannedResource['action'],
  waitsFor: readonly Address[] = [],
): PlannedResource {
  const steps = action === 'no-op' || action === 'keep' ? [] : [step];
  const rest = {
    spec: {},
    outputs: {},
    unknownOutputs: [],
    drift: undefined,
    problems: [],
    fingerprint: address,
  };
  return { address, kind: 'volume', action, steps, waitsFor, ...rest };
}

const planOf = (resources: readonly PlannedResource[]): Plan => ({
  project: 'demo',
  resources,
  intruders: [],
  summary: { add: 0, change: 0, destroy: 0 },
  hash: '',
});

const name = (index: number): Address => `volume.v${index}`;

const situations = fc
  .array(
    fc.record({
      action: fc.constantFrom('create', 'update', 'delete', 'no-op', 'keep'),
      waits: fc.array(fc.nat(20), { maxLength: 3 }),
      standing: fc.constantFrom('new', 'well', 'busy', 'resting', 'stalled'),
      withheld: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((items) => {
    const resources = items.map(({ action, waits }, index) =>
      planned(name(index), action, index === 0 ? [] : [...new Set(waits.map((at) => name(at % index)))]),
    );
    const standings = new Map<Address, Standing>(
      items.map(({ standing }, index) => [name(index), standingOf(standing, resources[index])]),
    );
    const withheld = new Set(items.flatMap((item, index) => (item.withheld ? [name(index)] : [])));
    return { plan: planOf(resources), standings, withheld };
  });

function standingOf(word: string, of: PlannedResource | undefined): Standing {
  const tried = of === undefined ? undefined : triedOf(of);
  if (word === 'well') return wellStanding;
  if (word === 'busy') return { ...unknownStanding, busy: true };
  if (word === 'resting') return { ...unknownStanding, retryAt: 150, tried, failures: 1 };
  if (word === 'stalled') return { ...unknownStanding, retryAt: Number.POSITIVE_INFINITY, tried };
  return unknownStanding;
}

describe('selectWork', () => {
  it('law: begins what has steps, is free, allowed and due, and waits for nothing that is not well', () => {
    fc.assert(
      fc.property(situations, ({ plan, standings, withheld }) => {
        const { begin, verify, blocked } = selectWork(plan, (of) => standings.get(of), 100, withheld);
        const begun = new Set(begin.map(({ address }) => address));
        for (const { address, steps, waitsFor, action } of begin) {
          expect(steps).not.toEqual([]);
          expect(standings.get(address)).toMatchObject({ busy: false });
          expect(withheld.has(address)).toBe(false);
          expect(standings.get(address)?.retryAt).toBeUndefined();
          for (const other of waitsFor) {
            expect(standings.get(other)?.busy).toBe(false);
            if (action !== 'delete') expect(blocked.has(other)).toBe(false);
          }
        }
        for (const { address } of verify) expect(begun.has(address)).toBe(false);
      }),
    );
  });

  it('tries again at once what would be done otherwise than what failed', () => {
    const before = planned(name(0), 'create');
    const resting = { ...unknownStanding, failures: 3, retryAt: 900, tried: triedOf(before) };
    expect(selectWork(planOf([before]), () => resting, 100)).toMatchObject({ begin: [], nextAt: 900 });
    const other = { ...before, fingerprint: 'another' };
    expect(selectWork(planOf([other]), () => resting, 100).begin).toEqual([other]);
  });

  it('says when the first of those that wait is due', () => {
    const resources = [planned(name(0), 'create'), planned(name(1), 'create')];
    const standing = (address: Address): Standing => ({
      ...unknownStanding,
      retryAt: address === name(0) ? 700 : 300,
      tried: triedOf(resources[address === name(0) ? 0 : 1] as PlannedResource),
    });
    expect(selectWork(planOf(resources), standing, 100).nextAt).toBe(300);
  });
});

describe('restrictTo', () => {
  it('leaves the steps of the chosen alone, and nothing to do for the others', () => {
    const resources = [planned(name(0), 'create'), planned(name(1), 'delete'), planned(name(2), 'keep')];
    const [first, ...others] = restrictTo(planOf(resources), resources.slice(0, 1)).resources;
    expect(first).toEqual(resources[0]);
    expect(others).toMatchObject([
      { action: 'no-op', steps: [] },
      { action: 'keep', steps: [] },
    ]);
  });
});
