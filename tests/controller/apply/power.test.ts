import { describe, expect, it } from 'vitest';

import { createWorkplace } from '../../../controller/apply/applyPlan.ts';
import { refuseStart, startResource, stopResource } from '../../../controller/apply/power.ts';
import { makePlan } from '../../../controller/plan/makePlan.ts';
import { survey } from '../../../controller/plan/survey.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import type { Address } from '../../../schema/manifest.ts';
import { createMemoryStore } from '../../../stateStore/memory.ts';
import type { StateStore } from '../../../stateStore/stateStore.ts';
import { apply, plan as left } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const novaFile = `project = "demo"
[network.lan]
subnet = "192.168.77.1/24"
[container.web]
capsule = "/lab/busybox"
command = ["/bin/serve"]
network = "lan"
restart = "always"
[container.job]
capsule = "/lab/busybox"
command = ["/bin/work"]
restart = "never"
`;

/** The container with what is planned for it now, and where steps are done. */
async function at(
  host: FakeHost,
  address: Address,
  store: StateStore = createMemoryStore(),
  text = novaFile,
) {
  const manifest = await readManifest(text);
  const surveyed = await survey(host.view(), manifest);
  const plan = makePlan(manifest, surveyed);
  const planned = plan.resources.find((each) => each.address === address);
  const resource = manifest.resources.find((each) => each.address === address);
  if (planned === undefined || resource === undefined) throw new Error(`${address} is not planned`);
  const nothing = (): void => undefined;
  const progress = {
    begun: nothing,
    settled: nothing,
    retrying: nothing,
    phase: nothing,
    left: nothing,
    close: nothing,
  };
  const { signal } = new AbortController();
  const session = {
    host,
    store,
    owner: { scope: host.scope.id, project: 'demo' },
    [Symbol.asyncDispose]: async () => {},
  };
  const place = createWorkplace(session, manifest, surveyed, { progress, stop: signal, force: signal });
  return {
    place,
    powered: { planned, resource },
    run: { plan, progress, stop: signal },
    plan,
    manifest,
    journal: () => store.journal(session.owner, 10),
  };
}

async function running(): Promise<FakeHost> {
  const host = makeWorld();
  await apply(host, await readManifest(novaFile));
  return host;
}

describe('stopResource', () => {
  it('stops it by its own step, journalled, and what is left to do is only to start it', async () => {
    const host = await running();
    const web = await at(host, 'container.web');
    expect(await stopResource(web.place, web.powered)).toBe(true);
    expect(web.journal().map(({ address, step, outcome }) => [address, step, outcome])).toEqual([
      ['container.web', 'stop', 'done'],
    ]);
    expect(await left(host, web.manifest)).toEqual([
      'container.web start (it does not run) state: "stopped" -> "running"',
    ]);
    expect((await at(host, 'container.web')).powered.planned.drift).toBe('stopped');
  });

  it('leaves one that has ended as it is: how it ended still counts', async () => {
    const host = await running();
    const [pid = 0] = host.kernel.pids('/bin/work');
    host.kernel.kill(pid, 0);
    const job = await at(host, 'container.job');
    const before = host.print();
    expect(await stopResource(job.place, job.powered)).toBe(false);
    expect(host.print()).toBe(before);
    expect(await left(host, job.manifest)).toEqual([]);
  });
});

describe('startResource', () => {
  it('starts what was stopped, and the host is as the NovaFile says again', async () => {
    const host = await running();
    const web = await at(host, 'container.web');
    await stopResource(web.place, web.powered);
    const again = await at(host, 'container.web');
    expect(() => refuseStart(again.powered, again.plan)).not.toThrow();
    expect(await startResource(again.place, again.powered, again.run)).toBe(true);
    expect(await left(host, web.manifest)).toEqual([]);
  });

  it('does nothing to one that runs', async () => {
    const host = await running();
    const web = await at(host, 'container.web');
    const before = host.print();
    expect(await startResource(web.place, web.powered, web.run)).toBe(false);
    expect(host.print()).toBe(before);
  });

  it('runs one again that has ended as it was meant to', async () => {
    const host = await running();
    const [pid = 0] = host.kernel.pids('/bin/work');
    host.kernel.kill(pid, 0);
    const job = await at(host, 'container.job');
    expect(await startResource(job.place, job.powered, job.run)).toBe(true);
    expect(job.journal().map(({ step }) => step)).toEqual(['start']);
    expect(host.kernel.pids('/bin/work')).toHaveLength(1);
  });

  it('goes on with one that is paused', async () => {
    const host = await running();
    const [pid = 0] = host.kernel.pids('/bin/serve');
    host.kernel.stop(pid);
    const web = await at(host, 'container.web');
    expect(await startResource(web.place, web.powered, web.run)).toBe(true);
    expect(host.kernel.pids('/bin/serve')).toEqual([pid]);
    expect(web.journal().map(({ step }) => step)).toEqual(['resume']);
  });
});

describe('refuseStart', () => {
  it.each([
    {
      reason: 'it was never made',
      prepare: () => makeWorld(),
      text: novaFile,
      message: /it is not there/,
    },
    {
      reason: 'what it needs is gone',
      prepare: async () => {
        const host = await running();
        host.kernel.deleteLink('lan');
        for (const pid of host.kernel.pids('dnsmasq')) host.kernel.kill(pid);
        for (const [path] of host.kernel.machine.tree.all()) {
          if (path.startsWith('/run/nova') && path.includes('/networks/')) host.kernel.remove(path);
        }
        host.kernel.flushRuleset();
        return host;
      },
      text: novaFile,
      message: /network\.lan, which it needs, is not there/,
    },
    {
      reason: 'it would be replaced',
      prepare: running,
      text: novaFile.replace(
        '"/lab/busybox"\ncommand = ["/bin/serve"]',
        '"/lab/other"\ncommand = ["/bin/serve"]',
      ),
      message: /would replace it: its capsule is another one/,
    },
  ])('refuses when $reason', async ({ prepare, text, message }) => {
    const host = await prepare();
    const web = await at(host, 'container.web', createMemoryStore(), text);
    expect(() => refuseStart(web.powered, web.plan)).toThrowError(message);
  });
});
