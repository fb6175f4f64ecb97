import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { plan } from '../../contracts/reconciler/driver.ts';
import { readManifest } from '../../contracts/reconciler/world.ts';
import { simulate } from './simulation.ts';

const lan = '[network.lan]\nsubnet = "192.168.77.1/24"\n';
const web = '[container.web]\ncapsule = "/lab/busybox"\ncommand = ["/bin/serve"]\n';
const file = (...parts: readonly string[]): string => ['project = "demo"\n', ...parts].join('');
const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `web${index}`);
const volumes = (count: number): string =>
  Array.from({ length: count }, (_, index) => `[volume.v${index}]\n`).join('');

describe('a loop', () => {
  it('makes the host as the source says, and says so', async () => {
    const { push, host, condition, store, reasons } = await simulate();
    await push('one', file(lan, web));
    expect(await plan(host, await readManifest(file(lan, web)))).toEqual([]);
    expect(condition()).toBe('Ready=true Converged');
    expect(condition('Ready', 'container.web')).toBe('Ready=true Converged');
    expect(condition('Stalled')).toBeUndefined();
    expect(store.sources(host.scope.id)).toMatchObject([
      { name: 'lab', project: 'demo', revision: 'one', observedRevision: 'one', goodGeneration: 1 },
    ]);
    expect(reasons()).toEqual(['Revision', 'Creating', 'Creating', 'Converged', 'Converged', 'Applied']);
  });

  it('gives back what the host lost, when it is told, and says what that was', async () => {
    const { push, host, clock, controller, condition, reasons } = await simulate();
    await push('one', file(lan, web));
    host.kernel.ip('link set lan mtu 1280');
    host.kernel.kill(host.kernel.pids('/bin/serve')[0] ?? 0);
    controller.wake();
    await clock.advance(1000);
    expect(condition()).toBe('Ready=true Converged');
    expect(reasons().slice(6)).toEqual(['Drifted', 'Drifted', 'Converged', 'Converged']);
  });

  it('looks by itself once a minute, and writes nothing while all is well', async () => {
    const { push, host, clock, notes, condition } = await simulate();
    await push('one', file(lan));
    const [before, effects] = [notes(), host.kernel.mutations];
    await clock.advance(600_000);
    expect(notes()).toBe(before);
    expect(host.kernel.mutations).toBe(effects);
    host.kernel.ip('link set lan mtu 1280');
    await clock.advance(61_000);
    expect(condition()).toBe('Ready=true Converged');
    expect(host.kernel.mutations).toBeGreaterThan(effects);
  });

  it('keeps the values of secrets out of all that is remembered, and has them again after a start', async () => {
    const stateDirectory = mkdtempSync(join(tmpdir(), 'nova-loop-'));
    try {
      const secret = web.concat('env = { KEY = { secret = "key" } }\n');
      const text = `${file(secret)}[secrets]\nfrom = { key = { env = "NOVA_TEST_KEY" } }\n`;
      const first = await simulate({ stateDirectory, env: { NOVA_TEST_KEY: 'canary' } });
      await first.push('one', text);
      await first.eventually(() => first.condition() === 'Ready=true Converged');
      expect(first.condition()).toBe('Ready=true Converged');
      const { store, host } = first;
      const owner = { scope: host.scope.id, project: 'demo' };
      const kept = [
        store.generations(owner, 9),
        store.events(owner.scope, { limit: 99 }),
        store.journal(owner, 99),
      ];
      expect(JSON.stringify(kept)).not.toContain('canary');
      await first.controller.stop();
      host.kernel.reboot();
      const after = await simulate({ stateDirectory, host, store, clock: first.clock });
      await after.clock.advance(1000);
      await after.eventually(() => after.condition('Ready', 'container.web') === 'Ready=true Converged');
      expect(after.condition('Ready', 'container.web')).toBe('Ready=true Converged');
      expect(host.print()).toContain('KEY=canary');
    } finally {
      rmSync(stateDirectory, { recursive: true });
    }
  });

  it('keeps the last good revision up when the newest is wrong, and goes on with the next', async () => {
    const { push, host, clock, controller, condition, message, store } = await simulate();
    await push('one', file(lan));
    const before = host.print();
    await push('two', `${file(lan)}[volume`);
    expect(host.print()).toBe(before);
    expect(condition()).toBe('Ready=false toml.syntax');
    expect(condition('Stalled')).toBe('Stalled=true toml.syntax');
    expect(message()).toContain('/lab/NovaFile.toml:4');
    expect(store.sources(host.scope.id)[0]?.observedRevision).toBe('two');
    host.kernel.ip('link set lan mtu 1280');
    controller.wake();
    await clock.advance(1000);
    expect(condition('Ready', 'network.lan')).toBe('Ready=true Converged');
    await push('three', file(lan, volumes(1)));
    expect(condition()).toBe('Ready=true Converged');
  });

  it('says when the source cannot be read, leaves the host alone, and recovers by itself', async () => {
    const { push, host, condition } = await simulate();
    await push('one', file(lan));
    const before = host.print();
    await push('one', undefined);
    expect(host.print()).toBe(before);
    expect(condition()).toBe('Ready=false file.unreadable');
    expect(condition('Ready', 'network.lan')).toBe('Ready=true Converged');
    await push('one', file(lan));
    expect(condition()).toBe('Ready=true Converged');
  });

  it('asks before it deletes more than a fifth, changes nothing until then, and does it when told', async () => {
    const { push, host, clock, controller, condition, message } = await simulate();
    await push('one', file(lan, web));
    const before = host.print();
    await push('two', file(web));
    expect(host.print()).toBe(before);
    expect(condition()).toBe('Ready=false approval.needed');
    expect(message()).toContain('network.lan');
    expect(controller.loops.get('lab')?.approve()).toContain('network.lan');
    await clock.advance(1000);
    expect(condition()).toBe('Ready=true Converged');
    expect(host.print()).not.toContain('192.168.77.1');
  });

  it('prunes nothing for a file that declares nothing', async () => {
    const { push, host, condition } = await simulate();
    await push('one', file(lan, web));
    const before = host.print();
    await push('two', file());
    expect(condition()).toBe('Ready=false approval.needed');
    expect(host.print()).toBe(before);
  });

  it('deletes a little without asking', async () => {
    const { push, condition, host } = await simulate();
    await push('one', file(lan, ...['a', 'b', 'c', 'd', 'e'].map((n) => web.replace('web', n))));
    await push('two', file(lan, ...['a', 'b', 'c', 'd'].map((n) => web.replace('web', n))));
    expect(condition()).toBe('Ready=true Converged');
    expect(host.kernel.pids('/bin/serve')).toHaveLength(4);
  });

  it('asks before a restart that the file asks for, unless it may restart', async () => {
    const changed = web.replace('/bin/serve', '/bin/changed');
    const asking = await simulate();
    await asking.push('one', file(web));
    await asking.push('two', file(changed));
    expect(asking.message()).toContain('restart container.web');
    expect(asking.host.kernel.pids('/bin/serve')).toHaveLength(1);
    const free = await simulate({ automatic: ['create', 'update', 'restart'] });
    await free.push('one', file(web));
    await free.push('two', file(changed));
    expect(free.condition()).toBe('Ready=true Converged');
    expect(free.host.kernel.pids('/bin/changed')).toHaveLength(1);
  });

  it('does what the NovaFile says may be done without asking, unless whoever runs it says otherwise', async () => {
    const changed = web.replace('/bin/serve', '/bin/changed');
    const free = 'auto = ["create", "update", "restart"]\n';
    const asked = await simulate();
    await asked.push('one', file(free, web));
    await asked.push('two', file(free, changed));
    expect(asked.condition()).toBe('Ready=true Converged');
    expect(asked.host.kernel.pids('/bin/changed')).toHaveLength(1);
    const strict = await simulate({ automatic: ['create', 'update'] });
    await strict.push('one', file(free, web));
    await strict.push('two', file(free, changed));
    expect(strict.message()).toContain('restart container.web');
  });

  it('keeps an approval to what was shown', async () => {
    const { push, controller, clock, condition } = await simulate();
    await push('one', file(lan, web));
    await push('two', file(web));
    controller.loops.get('lab')?.approve();
    await push('three', file());
    await clock.advance(1000);
    expect(condition()).toBe('Ready=false approval.needed');
  });

  it('makes all others as declared when one of 200 is broken', { timeout: 60_000 }, async () => {
    const { push, host, store, condition, eventually } = await simulate();
    const missing = web.replace('/lab/busybox', '/lab/nothing');
    await push('one', file(lan, volumes(190), missing, ...names(8).map((name) => web.replace('web', name))));
    const ready = () =>
      store.conditions(host.scope.id, 'lab').filter(({ subject, type, status }) => {
        return subject !== '' && type === 'Ready' && status;
      });
    await eventually(() => ready().length === 199);
    expect(ready()).toHaveLength(199);
    expect(condition('Ready', 'container.web')).toBe('Ready=false capsule.missing');
    expect(condition('Stalled')).toBe('Stalled=true capsule.missing');
  });

  it('lets one broken resource of many stand alone, and tries it again with growing pauses', async () => {
    const { push, host, clock, condition } = await simulate();
    const text = file(volumes(20), web);
    host.kernel.failNext('runtime.create', 'no such runtime');
    host.kernel.failNext('runtime.create', 'no such runtime');
    await push('one', text);
    expect(condition('Ready', 'volume.v19')).toBe('Ready=true Converged');
    expect(condition('Ready', 'container.web')).toBe('Ready=false host.command');
    expect(condition('Reconciling')).toBe('Reconciling=true host.command');
    await clock.advance(5000);
    expect(condition()).toBe('Ready=true Converged');
  });

  it('rolls back what does not get ready in its time, and does not try it again until a newer one comes', async () => {
    const { push, host, clock, condition, reasons, again } = await simulate({
      automatic: ['create', 'update', 'restart', 'delete'],
    });
    await push('one', file(lan));
    const good = host.print();
    const missing = web.replace('/lab/busybox', '/lab/nothing');
    await push('two', file(lan, volumes(1), missing));
    expect(condition('Ready', 'container.web')).toBe('Ready=false capsule.missing');
    await clock.advance(297_000);
    expect(condition()).toBe('Ready=false capsule.missing');
    await clock.advance(5_000);
    expect(condition()).toBe('Ready=false generation.quarantined');
    expect(reasons()).toContain('RolledBack');
    expect(condition('Ready', 'network.lan')).toBe('Ready=true Converged');
    // Data is never deleted without being named.
    expect(host.print()).not.toBe(good);
    const after = await again(['two', file(lan, volumes(1), missing)]);
    expect(after.condition()).toBe('Ready=false generation.quarantined');
    await after.push('three', file(lan, web));
    expect(after.condition()).toBe('Ready=true Converged');
  });

  it('keeps the last good generation up from the start, before its source can be read', async () => {
    const first = await simulate();
    await first.push('one', file(lan, web));
    await first.controller.stop();
    first.host.kernel.reboot();
    const after = await simulate({ host: first.host, store: first.store, clock: first.clock });
    await after.clock.advance(1000);
    expect(after.host.kernel.pids('/bin/serve')).toHaveLength(1);
    expect(after.condition('Ready', 'container.web')).toBe('Ready=true Converged');
    expect(after.condition()).toBe('Ready=false file.unreadable');
  });

  it('does nothing while it is suspended', async () => {
    const { push, host, clock, controller, condition } = await simulate();
    await push('one', file(lan));
    controller.loops.get('lab')?.suspend(true);
    await push('two', file(lan, volumes(1)));
    host.kernel.ip('link set lan mtu 1280');
    const before = host.print();
    await clock.advance(120_000);
    expect(host.print()).toBe(before);
    expect(condition()).toBe('Ready=false Suspended');
    controller.loops.get('lab')?.suspend(false);
    await clock.advance(1000);
    expect(condition()).toBe('Ready=true Converged');
  });

  it('leaves everything running when it is stopped', async () => {
    const { push, host, controller } = await simulate();
    await push('one', file(lan, web));
    const before = host.print();
    await controller.stop();
    expect(host.print()).toBe(before);
  });

  it('refuses a file that names another project than before', async () => {
    const { push, host, condition } = await simulate();
    await push('one', file(lan));
    const before = host.print();
    await push('two', file(lan).replace('demo', 'other'));
    expect(condition()).toBe('Ready=false project.claimed');
    expect(host.print()).toBe(before);
  });
});
