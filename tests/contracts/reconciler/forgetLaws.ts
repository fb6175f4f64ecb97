import fc from 'fast-check';
import { expect, it } from 'vitest';

import { isCrash, type FakeHost } from '../../../fixtures/fakeHost.ts';
import { defaultPolicy } from '../../../schema/common.ts';
import type { Manifest } from '../../../schema/manifest.ts';
import { apply, forget, plan } from './driver.ts';
import { running } from './movedLaws.ts';
import { novaFiles } from './novaFiles.ts';
import { makeWorld, readManifest } from './world.ts';

const nothing = 'project = "demo"\n';

/** The laws of giving up and taking over: the marks go and come, and nothing else does. */
export function forgetLaws(
  law: (property: fc.IAsyncProperty<unknown>) => Promise<void>,
  timeout: number,
): void {
  it("law: what is forgotten is there, runs, and is nobody's", { timeout }, async () => {
    await law(
      fc.asyncProperty(novaFiles(), async (text) => {
        const host = makeWorld();
        await apply(host, await readManifest(text));
        const [before, links] = [running(host), linksOf(host)];
        await forget(host, 'demo');
        expect(running(host)).toEqual(before);
        expect(linksOf(host)).toEqual(links);
        expect(await plan(host, await readManifest(nothing))).toEqual([]);
        const printed = host.print();
        await apply(host, await readManifest(nothing));
        expect(host.print()).toBe(printed);
      }),
    );
  });

  it('law: what was forgotten is taken over again, and nothing restarts', { timeout }, async () => {
    await law(
      fc.asyncProperty(novaFiles(), async (text) => {
        const host = makeWorld();
        const manifest = await readManifest(text);
        await apply(host, manifest);
        const [before, printed] = [running(host), host.print()];
        await forget(host, 'demo');
        const adopting = adopted(manifest);
        await apply(host, adopting);
        expect(running(host)).toEqual(before);
        expect(await plan(host, adopting)).toEqual([]);
        expect(host.print()).toBe(printed);
      }),
    );
  });

  it(
    'law: forgetting that was cut at any effect and resumed ends where the uncut one ends',
    { timeout },
    async () => {
      await law(
        fc.asyncProperty(novaFiles(), fc.nat(), fc.boolean(), async (text, cut, before) => {
          const start = async (): Promise<FakeHost> => {
            const host = makeWorld();
            await apply(host, await readManifest(text));
            return host;
          };
          const uncut = await start();
          const effects = uncut.kernel.mutations;
          await forget(uncut, 'demo');
          const total = uncut.kernel.mutations - effects;
          if (total === 0) return;
          const host = await start();
          host.kernel.crashAfter((cut % total) + 1, before ? 'before' : 'applied');
          await forget(host, 'demo').catch((error: unknown) => {
            if (!isCrash(error)) throw error;
          });
          host.kernel.revive();
          await forget(host, 'demo');
          expect(host.print()).toBe(uncut.print());
        }),
      );
    },
  );
}

function adopted(manifest: Manifest): Manifest {
  const resources = manifest.resources.map((resource) => {
    return { ...resource, policy: { ...defaultPolicy, adopt: true } };
  });
  return { ...manifest, resources };
}

/** Links of the host without what they say of whose they are. */
function linksOf({ kernel }: FakeHost): readonly unknown[] {
  return kernel.machine.host.links.map(({ name, up, mtu, mac, addresses, master }) => {
    return { name, up, mtu, mac, addresses, master: master?.name };
  });
}
