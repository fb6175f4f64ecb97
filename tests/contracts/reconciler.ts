import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryManifest } from '../../fixtures/arbitraries.ts';
import { isCrash, type FakeHost } from '../../fixtures/fakeHost.ts';
import { kinds } from '../../reconcilers/registry.ts';
import type { Manifest } from '../../schema/manifest.ts';
import { damages } from './reconciler/damages.ts';
import { apply, plan, tidy } from './reconciler/driver.ts';
import { forgetLaws } from './reconciler/forgetLaws.ts';
import { movedLaws } from './reconciler/movedLaws.ts';
import { novaFiles } from './reconciler/novaFiles.ts';
import { makeWorld, readManifest, worldFor } from './reconciler/world.ts';

const nothing = 'project = "demo"\n';

/** The laws of reconcilers, over every kind of the registry together. */
export function reconcilerContract(runs: number): void {
  const law = (property: fc.IAsyncProperty<unknown>): Promise<void> => fc.assert(property, { numRuns: runs });

  const timeout = 300_000 + runs * 2_000;

  describe('the laws of reconcilers', () => {
    it('are tried on every kind of the registry', () => {
      const tried = fc.sample(novaFiles(), 200).join('\n');
      expect(kinds.filter((kind) => !tried.includes(`[${kind}.`))).toEqual([]);
    });

    it('law: a converged resource diffs to nothing, and so does the whole', { timeout }, async () => {
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

    it(
      'law: any manifest is applied, leaves nothing to do, and is destroyed without a trace',
      { timeout },
      async () => {
        await law(
          fc.asyncProperty(arbitraryManifest(), async (any) => {
            const { host, manifest } = worldFor(any);
            const before = host.print();
            await apply(host, manifest);
            expect(await plan(host, manifest)).toEqual([]);
            await apply(host, { ...manifest, resources: [] });
            await tidy(host);
            expect(host.print()).toBe(before);
          }),
        );
      },
    );

    it('law: what is destroyed leaves the host as it was', { timeout }, async () => {
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

    it('law: steps applied twice equal steps applied once', { timeout }, async () => {
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

    it('law: a run cut at any effect and resumed ends where the uncut run ends', { timeout }, async () => {
      await law(
        fc.asyncProperty(
          novaFiles(),
          novaFiles(),
          fc.nat(),
          fc.boolean(),
          async (first, second, cut, before) => {
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
          },
        ),
      );
    });

    it('law: where a host ends does not depend on where it began', { timeout }, async () => {
      await law(
        fc.asyncProperty(novaFiles(), novaFiles(), async (first, second) => {
          const [detour, straight] = [makeWorld(), makeWorld()];
          await apply(detour, await readManifest(first));
          for (const host of [detour, straight]) {
            await apply(host, await readManifest(second));
            await tidy(host);
          }
          // A capsule keeps the address that it once had, which may be another than it would be given now.
          if (!movedApart(detour, straight)) expect(inForce(detour)).toEqual(inForce(straight));
        }),
      );
    });

    it('law: observing and diffing change nothing', { timeout }, async () => {
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

    movedLaws(law, timeout);
    forgetLaws(law, timeout);

    it('law: what a hand has broken is repaired', { timeout }, async () => {
      await law(
        fc.asyncProperty(
          novaFiles(),
          fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
          async (text, choices) => {
            const host = makeWorld();
            const manifest = await readManifest(text);
            await apply(host, manifest);
            const before = host.print();
            const done = choices.map((choice) => damages(host, choice));
            const after = await repaired(host, manifest).catch((cause: unknown) => {
              throw new Error(`not repaired: ${done.join('; ')}`, { cause });
            });
            expect({ done, after }).toEqual({ done, after: { printed: before, left: [] } });
          },
        ),
      );
    });
  });
}

/** Runs until the acting process dies, and starts it again. */
async function applyCut(
  host: FakeHost,
  manifest: Manifest,
  after: number,
  when: 'applied' | 'before',
): Promise<void> {
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
  // What a machine was started with does not tell what it has: that is printed besides.
  const sections = host
    .print()
    .replaceAll(/ -(?:device|netdev) \{[^}]*"(?:pcie-root-port|vfio-pci|virtio-net-pci|tap)"[^}]*\}/g, '')
    .split(/\n(?=\S)/);
  return sections.filter((section) => !/^(files|cgroups)\n/.test(section));
}

/** Whether a capsule or a machine has an address on both, and not the same. */
function movedApart(one: FakeHost, other: FakeHost): boolean {
  const ipsOf = (host: FakeHost, name: string) =>
    host.kernel.machine.names.get(name)?.links.flatMap(({ addresses }) => addresses.map(({ ip }) => ip)) ??
    [];
  const reservedOn = (host: FakeHost) =>
    host.kernel.machine.tree
      .all()
      .flatMap(([path, { text }]) => (path.includes('/dhcp-hosts/') ? [text] : []));
  if (reservedOn(one).join('') !== reservedOn(other).join('')) return true;
  return [...one.kernel.machine.names.keys()].some((name) => {
    const [here, there] = [ipsOf(one, name), ipsOf(other, name)];
    return here.length > 0 && there.length > 0 && here.join() !== there.join();
  });
}

async function repaired(host: FakeHost, manifest: Manifest) {
  await apply(host, manifest);
  return { printed: host.print(), left: await plan(host, manifest) };
}

async function looking(host: FakeHost, manifests: readonly Manifest[]): Promise<void> {
  const [before, effects] = [host.print(), host.kernel.mutations];
  for (const manifest of manifests) await plan(host, manifest);
  expect(host.print()).toBe(before);
  expect(host.kernel.mutations).toBe(effects);
}
