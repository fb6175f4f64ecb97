import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { plan } from '../../contracts/reconciler/driver.ts';
import { readManifest } from '../../contracts/reconciler/world.ts';
import { simulate } from './simulation.ts';

const web = '[container.web]\ncapsule = "/lab/busybox"\ncommand = ["/bin/serve"]\nnetwork = "lan"\n';
const file = (mtu: number, ...volumes: readonly string[]): string =>
  `project = "demo"\n[network.lan]\nsubnet = "192.168.77.1/24"\nmtu = ${mtu}\n${web}${volumes.map((name) => `[volume.${name}]\n`).join('')}`;

describe('a controller that is killed', () => {
  it(
    'law: after any kill, at any effect, the next one ends where one that was not killed ends',
    { timeout: 120_000 },
    async () => {
      const moments = fc.record({
        after: fc.integer({ min: 1, max: 40 }),
        when: fc.constantFrom('applied' as const, 'before' as const),
        newer: fc.boolean(),
        broken: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(moments, { minLength: 1, maxLength: 3 }), async (kills) => {
          let simulation = await simulate();
          const { host } = simulation;
          await simulation.push('r0', file(1400));
          const [served] = host.kernel.pids('/bin/serve');
          let commit = 0;
          let text = file(1400);
          for (const { after, when, newer, broken } of kills) {
            if (broken) host.kernel.ip('link set lan mtu 1280');
            host.kernel.crashAfter(after, when);
            if (newer) {
              commit += 1;
              const volumes = Array.from({ length: commit }, (_, index) => `v${index}`);
              text = file(1400 + commit, ...volumes);
              await simulation.push(`r${commit}`, text);
            } else {
              simulation.controller.wake();
              await simulation.clock.advance(1000);
            }
            await simulation.controller.stop();
            host.kernel.revive();
            simulation = await simulation.again([`r${commit}`, text]);
            await simulation.clock.advance(10_000);
          }
          const { condition } = simulation;
          await simulation.eventually(() => condition() === 'Ready=true Converged');
          expect(condition()).toBe('Ready=true Converged');
          expect(await plan(host, await readManifest(text))).toEqual([]);
          expect(simulation.store.sources(host.scope.id)[0]?.goodRevision).toBe(`r${commit}`);
          // What was well was not restarted.
          expect(host.kernel.pids('/bin/serve')).toEqual([served]);
          await simulation.controller.stop();
        }),
        { numRuns: 25 },
      );
    },
  );
});

describe('what never gets well', () => {
  it('takes nothing from the others: a repair beside 20 of them takes as long as without them', async () => {
    const sick = Array.from({ length: 20 }, (_, index) =>
      web.replace('web', `s${index}`).replace('/bin/serve', '/bin/sick'),
    );
    const text = `${file(1400)}${sick.join('')}`;
    const { push, host, clock, controller, condition } = await simulate();
    for (let index = 0; index < 400; index += 1) host.kernel.failNext('runtime.create', 'it is ill');
    await push('one', text.replace(web, ''));
    expect(condition('Ready', 'network.lan')).toBe('Ready=true Converged');
    host.kernel.ip('link set lan mtu 1280');
    controller.wake();
    await clock.advance(200);
    expect(condition('Ready', 'network.lan')).toBe('Ready=true Converged');
    expect(condition('Ready', 'container.s7')).toBe('Ready=false host.command');
    expect(host.print()).toContain('1400');
    await controller.stop();
  });

  it('is mended by the next revision without asking: it was never part of anything good', async () => {
    const { push, condition, host, eventually } = await simulate();
    for (let index = 0; index < 3; index += 1) host.kernel.failNext('runtime.start', 'it is ill');
    await push('one', file(1400));
    expect(condition('Ready', 'container.web')).toBe('Ready=false host.command');
    await push('two', file(1401).replace('/bin/serve', '/bin/mended'));
    await eventually(() => condition() === 'Ready=true Converged');
    expect(condition()).toBe('Ready=true Converged');
    expect(host.kernel.pids('/bin/mended')).toHaveLength(1);
    expect(host.kernel.pids('/bin/serve')).toEqual([]);
  });
});
