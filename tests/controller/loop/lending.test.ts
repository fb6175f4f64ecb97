import { describe, expect, it } from 'vitest';

import { addGeneration } from '../../../controller/generation.ts';
import { simulate } from './simulation.ts';

const lan = (mtu: number): string => `[network.lan]\nsubnet = "192.168.77.1/24"\nmtu = ${mtu}\n`;
const web = '[container.web]\ncapsule = "/lab/busybox"\ncommand = ["/bin/serve"]\n';
const file = (...parts: readonly string[]): string => ['project = "demo"\n', ...parts].join('');

async function begun(text = file(lan(1400), web)) {
  const simulation = await simulate();
  await simulation.push('one', text);
  const loop = simulation.controller.loops.get('lab');
  if (loop === undefined) throw new Error('there is no loop');
  const { host, controller, clock } = simulation;
  /** The host tells that something has happened. */
  const later = async (): Promise<void> => {
    controller.wake();
    await clock.advance(1000);
  };
  const killWeb = (): void => host.kernel.kill(host.kernel.pids('/bin/serve')[0] ?? 0);
  return { ...simulation, loop, later, killWeb };
}

describe('a project that is lent', () => {
  it('is left alone until it is back, and repaired then', async () => {
    const { host, loop, later, condition } = await begun();
    await loop.lending.lend();
    host.kernel.ip('link set lan mtu 1280');
    const before = host.print();
    await later();
    expect(host.print()).toBe(before);
    expect(loop.settled()).toBe(false);
    await loop.lending.takeBack(undefined);
    await later();
    expect(host.print()).not.toBe(before);
    expect(condition()).toBe('Ready=true Converged');
  });

  it('is lent to one at a time', async () => {
    const { loop } = await begun();
    await loop.lending.lend();
    await expect(loop.lending.lend()).rejects.toMatchObject({ code: 'state.locked' });
    await loop.lending.takeBack(undefined);
    await loop.lending.lend();
  });

  it('takes in a newer revision when it is back', async () => {
    const { push, loop, later, store, host } = await begun();
    await loop.lending.lend();
    await push('two', file(lan(1500), web));
    expect(store.sources(host.scope.id)[0]?.goodRevision).toBe('one');
    await loop.lending.takeBack(undefined);
    await later();
    expect(store.sources(host.scope.id)[0]?.goodRevision).toBe('two');
  });
});

describe('what a person has stopped', () => {
  it('stays so, after a restart of the controller too, while all else is repaired', async () => {
    const { host, loop, later, killWeb, condition, controller, again } = await begun();
    await loop.lending.lend();
    killWeb();
    await loop.lending.takeBack({ did: 'stop', addresses: ['container.web'] });
    host.kernel.ip('link set lan mtu 1280');
    await later();
    expect(host.kernel.pids('/bin/serve')).toEqual([]);
    expect(condition('Ready', 'container.web')).toBe('Ready=false Stopped');
    expect(condition('Ready', 'network.lan')).toBe('Ready=true Converged');
    expect(condition()).toBe('Ready=false Stopped');
    expect(condition('Stalled')).toBeUndefined();
    await controller.stop();
    const after = await again();
    expect(host.kernel.pids('/bin/serve')).toEqual([]);
    after.controller.loops.get('lab')?.retry();
    await after.clock.advance(1000);
    expect(host.kernel.pids('/bin/serve')).toHaveLength(1);
    expect(after.condition()).toBe('Ready=true Converged');
  });

  it('is looked after again once it was started', async () => {
    const { host, loop, later, killWeb } = await begun();
    await loop.lending.takeBack(undefined);
    await loop.lending.lend();
    killWeb();
    await loop.lending.takeBack({ did: 'stop', addresses: ['container.web'] });
    await later();
    await loop.lending.lend();
    await loop.lending.takeBack({ did: 'start', addresses: ['container.web'] });
    await later();
    expect(host.kernel.pids('/bin/serve')).toHaveLength(1);
    killWeb();
    await later();
    expect(host.kernel.pids('/bin/serve')).toHaveLength(1);
  });

  it('keeps no newer revision from becoming good, and goes when it is not declared any more', async () => {
    const { host, loop, killWeb, push, store, condition } = await begun(
      file(lan(1400), web, ...['a', 'b', 'c', 'd'].map((name) => `[volume.${name}]\n`)),
    );
    await loop.lending.lend();
    killWeb();
    await loop.lending.takeBack({ did: 'stop', addresses: ['container.web'] });
    await push('two', file(lan(1500), web, ...['a', 'b', 'c', 'd'].map((name) => `[volume.${name}]\n`)));
    expect(store.sources(host.scope.id)[0]?.goodRevision).toBe('two');
    expect(host.kernel.pids('/bin/serve')).toEqual([]);
    await push('three', file(lan(1500), ...['a', 'b', 'c', 'd'].map((name) => `[volume.${name}]\n`)));
    expect(condition()).toBe('Ready=true Converged');
  });
});

describe('what a person has done otherwise', () => {
  it('destroyed: nothing is made anew until it is resumed', async () => {
    const { host, loop, later, killWeb, condition } = await begun();
    await loop.lending.lend();
    killWeb();
    await loop.lending.takeBack({ did: 'destroy' });
    await later();
    expect(host.kernel.pids('/bin/serve')).toEqual([]);
    expect(condition()).toBe('Ready=false Suspended');
    expect(condition('Ready', 'container.web')).toBeUndefined();
    loop.suspend(false);
    await later();
    expect(host.kernel.pids('/bin/serve')).toHaveLength(1);
  });

  it('rolled back: it stays so, after a restart too, until there is something newer', async () => {
    const { push, host, loop, later, store, condition, controller, reasons, again } = await begun();
    const owner = { scope: host.scope.id, project: 'demo' };
    const first = JSON.parse(store.generations(owner, 1)[0]?.manifest ?? '') as never;
    await push('two', file(lan(1500), web));
    await loop.lending.lend();
    host.kernel.ip('link set lan mtu 1400');
    await addGeneration({ store, owner }, first, { commit: undefined, stateDirectory: '/nowhere' });
    await loop.lending.takeBack({ did: 'rollback' });
    await later();
    expect(host.print()).toContain('1400');
    expect(condition()).toBe('Ready=false generation.quarantined');
    expect(condition('Ready', 'network.lan')).toBe('Ready=true Converged');
    expect(reasons()).toContain('RolledBack');
    expect(store.sources(owner.scope)[0]).toMatchObject({ goodRevision: 'generation 3', goodGeneration: 3 });
    host.kernel.ip('link set lan mtu 1280');
    await later();
    expect(host.print()).toContain('1400');
    await controller.stop();
    const after = await again();
    expect(host.print()).toContain('1400');
    expect(after.condition()).toBe('Ready=false generation.quarantined');
    await after.push('three', file(lan(1450), web));
    expect(host.print()).toContain('1450');
    expect(after.condition()).toBe('Ready=true Converged');
  });
});
