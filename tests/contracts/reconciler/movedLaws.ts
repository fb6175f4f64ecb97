import fc from 'fast-check';
import { expect, it } from 'vitest';

import { isCrash, type FakeHost } from '../../../fixtures/fakeHost.ts';
import { apply, plan, tidy } from './driver.ts';
import { novaFiles } from './novaFiles.ts';
import { renamed } from './renamed.ts';
import { makeWorld, readManifest } from './world.ts';

/** The laws of `moved`: what is owned goes along, and nothing that runs is restarted. */
export function movedLaws(
  law: (property: fc.IAsyncProperty<unknown>) => Promise<void>,
  timeout: number,
): void {
  it('law: a rename and the way back restart nothing and end where they began', { timeout }, async () => {
    await law(
      fc.asyncProperty(novaFiles(), async (text) => {
        const host = makeWorld();
        await apply(host, await readManifest(text));
        const [before, printed] = [running(host), host.print()];
        const there = await readManifest(renamed(text, 'there'));
        await apply(host, there);
        expect(running(host)).toEqual(before);
        expect(await plan(host, there)).toEqual([]);
        // The entries have done their work: they may stay, and they may go.
        expect(await plan(host, await readManifest(renamed(text, 'arrived')))).toEqual([]);
        const back = await readManifest(renamed(text, 'back'));
        await apply(host, back);
        expect(running(host)).toEqual(before);
        expect(await plan(host, back)).toEqual([]);
        expect(host.print()).toBe(printed);
      }),
    );
  });

  it(
    'law: a rename that was cut at any effect and resumed ends where the uncut one ends',
    { timeout },
    async () => {
      await law(
        fc.asyncProperty(novaFiles(), fc.nat(), fc.boolean(), async (text, cut, before) => {
          const manifest = await readManifest(renamed(text, 'there'));
          const start = async (): Promise<FakeHost> => {
            const host = makeWorld();
            await apply(host, await readManifest(text));
            return host;
          };
          const uncut = await start();
          const [effects, processes] = [uncut.kernel.mutations, running(uncut)];
          await apply(uncut, manifest);
          const total = uncut.kernel.mutations - effects;
          if (total === 0) return;
          const host = await start();
          host.kernel.crashAfter((cut % total) + 1, before ? 'before' : 'applied');
          await apply(host, manifest).catch((error: unknown) => {
            if (!isCrash(error)) throw error;
          });
          host.kernel.revive();
          await apply(host, manifest);
          for (const each of [host, uncut]) await tidy(each);
          expect(host.print()).toBe(uncut.print());
          expect(running(host)).toEqual(processes);
        }),
      );
    },
  );

  it(
    'law: what was renamed is destroyed without a trace, and its old name is free again',
    { timeout },
    async () => {
      await law(
        fc.asyncProperty(novaFiles(), async (text) => {
          const host = makeWorld();
          const before = host.print();
          await apply(host, await readManifest(text));
          await apply(host, await readManifest(renamed(text, 'there')));
          const both = await readManifest(renamed(text, 'both'));
          await apply(host, both);
          expect(await plan(host, both)).toEqual([]);
          await apply(host, await readManifest('project = "demo"\n'));
          await tidy(host);
          expect(host.print()).toBe(before);
        }),
      );
    },
  );
}

/** Everything that users have running, by process: dnsmasq is Nova's own affair. */
export function running({ kernel }: FakeHost): readonly string[] {
  return kernel.pids('/nova/').flatMap((pid) => {
    const process = kernel.machine.processes.get(pid);
    const argv = process?.argv.join(' ') ?? '';
    return argv.startsWith('dnsmasq') ? [] : [`${pid} ${process?.startTime} ${process?.state} ${argv}`];
  });
}
