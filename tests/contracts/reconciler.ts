import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isCrash, type FakeHost } from '../../fixtures/fakeHost.ts';
import type { Manifest } from '../../schema/manifest.ts';
import { damages } from './reconciler/damages.ts';
import { apply, plan, tidy } from './reconciler/driver.ts';
import { novaFiles } from './reconciler/novaFiles.ts';
import { makeWorld, readManifest } from './reconciler/world.ts';

const nothing = 'project = "demo"\n';

/** The laws of reconcilers, over every kind of the registry together. */
export function reconcilerContract(runs: number): void {
  const law = (property: fc.IAsyncProperty<unknown>): Promise<void> =>
    fc.assert(property, { numRuns: runs, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false });

  describe('the laws of reconcilers', () => {
    it('law: a converged resource diffs to nothing, and so does the whole', { timeout: 120_000 }, async () => {
      await law(
        fc.asyncProperty(novaFiles(), novaFiles(), async (first, second) => {
          const host = makeWorld();
          for (const text of [first, second, nothing]) {
            const manifest = await readManifest(text);
            await apply(host, manifest);
            expect(await plan(host, manifest)).toEqual([]);
          }
        }),
      );
    });

    it('law: what is destroyed leaves the host as it was', { timeout: 120_000 }, async () => {
      await law(
        fc.asyncProperty(novaFiles(), novaFiles(), async (first, second) => {
          const host = makeWorld();
          const before = host.print();
          for (const text of [first, second, nothing]) await apply(host, await readManifest(text));
          await tidy(host);
          expect(host.print()).toBe(before);
        }),
      );
    });

    it('law: steps applied twice equal steps applied once', { timeout: 120_000 }, async () => {
      await law(
        fc.asyncProperty(novaFiles(), novaFiles(), async (first, second) => {
          const [once, twice] = [makeWorld(), makeWorld()];
          for (const text of [first, second, nothing]) {
            await apply(once, await readManifest(text));
            await apply(twice, await readManifest(text), { times: 2 });
            expect(twice.print()).toBe(once.print());
          }
        }),
      );
    });

    it('law: a run cut at any effect and resumed ends where the uncut run ends', { timeout: 120_000 }, async () => {
      await law(
        fc.asyncProperty(novaFiles(), novaFiles(), fc.nat(), fc.boolean(), async (first, second, cut, before) => {
          const manifest = await readManifest(second);
          const start = async (): Promise<FakeHost> => {
            const host = makeWorld();
            await apply(host, await readManifest(first));
            return host;
          };
          const uncut = await start();
          const effects = uncut.kernel.mutations;
          await apply(uncut, manifest);
          const total = uncut.kernel.mutations - effects;
          if (total === 0) return;
          const host = await start();
          await applyCut(host, manifest, (cut % total) + 1, before ? 'before' : 'applied');
          await apply(host, manifest);
          for (const each of [host, uncut]) await tidy(each);
          expect(host.print()).toBe(uncut.print());
        }),
      );
    });

    it('law: where a host ends does not depend on where it began', { timeout: 120_000 }, async () => {
      await law(
        fc.asyncProperty(novaFiles(), novaFiles(), async (first, second) => {
          const [detour, straight] = [makeWorld(), makeWorld()];
          await apply(detour, await readManifest(first));
          for (const host of [detour, straight]) {
            await apply(host, await readManifest(second));
            await tidy(host);
          }
          // A capsule keeps the address that it once had, which may be another than it would be given now.
          if (given(detour) === given(straight)) expect(inForce(detour)).toEqual(inForce(straight));
        }),
      );
    });

    it('law: observing and diffing change nothing', { timeout: 120_000 }, async () => {
      await law(
        fc.asyncProperty(novaFiles(), novaFiles(), fc.nat(200), async (first, second, cut) => {
          const [host, one, other] = [makeWorld(), await readManifest(first), await readManifest(second)];
          await looking(host, [one, other]);
          await applyCut(host, one, cut + 1, 'applied');
          await looking(host, [one, other]);
          await apply(host, one);
          await looking(host, [one, other]);
        }),
      );
    });

    it('law: what a hand has broken is repaired', { timeout: 120_000 }, async () => {
      await law(
        fc.asyncProperty(novaFiles(), fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), async (text, choices) => {
          const host = makeWorld();
          const manifest = await readManifest(text);
          await apply(host, manifest);
          const before = host.print();
          const done = choices.map((choice) => damages(host, choice));
          await apply(host, manifest).catch((cause: unknown) => {
            throw new Error(`not repaired: ${done.join('; ')}`, { cause });
          });
          expect(host.print(), done.join('; ')).toBe(before);
          expect(await plan(host, manifest), done.join('; ')).toEqual([]);
        }),
      );
    });
  });
}

/** Runs until the acting process dies, and starts it again. */
async function applyCut(host: FakeHost, manifest: Manifest, after: number, when: 'applied' | 'before'): Promise<void> {
  host.kernel.crashAfter(after, when);
  try {
    await apply(host, manifest);
  } catch (error) {
    if (!isCrash(error)) throw error;
  }
  host.kernel.revive();
}

/** What works on the host; files that nobody uses any more (leases, upper layers) are not part of it. */
function inForce(host: FakeHost): readonly string[] {
  const sections = host.print().split(/\n(?=\S)/);
  return sections.filter((section) => !/^(files|cgroups)\n/.test(section));
}

/** The addresses of capsules, by the names of their namespaces, and those that are reserved for machines. */
function given(host: FakeHost): string {
  const names = [...host.kernel.machine.names].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const ips = names.map(([name, { links }]) => [name, links.flatMap(({ addresses }) => addresses[0]?.ip ?? [])]);
  const files = host.kernel.machine.tree.all().filter(([path]) => path.includes('/dhcp-hosts/'));
  return JSON.stringify([ips, files.map(([path, { text }]) => [path, text])]);
}

async function looking(host: FakeHost, manifests: readonly Manifest[]): Promise<void> {
  const [before, effects] = [host.print(), host.kernel.mutations];
  for (const manifest of manifests) await plan(host, manifest);
  expect(host.print()).toBe(before);
  expect(host.kernel.mutations).toBe(effects);
}
