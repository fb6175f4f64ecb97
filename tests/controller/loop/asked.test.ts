import { describe, expect, it } from 'vitest';

import { simulate } from './simulation.ts';

const web = (more = ''): string =>
  `project = "demo"\n[container.web]\ncapsule = "/lab/busybox"\ncommand = ["/bin/serve"]\n${more}`;
const health = 'health = { exec = ["/bin/check"], deadline = 2, interval = 1 }\n';

describe('what works, and has a health check', () => {
  it('is asked again now and then; that it does not work any more is a condition, and that it does again', async () => {
    const { push, host, clock, condition, notes, reasons } = await simulate();
    await push('one', web(health));
    const before = notes();
    await clock.advance(300_000);
    expect(condition('Ready', 'container.web')).toBe('Ready=true Converged');
    expect(notes()).toBe(before);
    host.kernel.failNext('probe.exec', 'it is ill');
    await clock.advance(61_000);
    expect(reasons().slice(-2)).toEqual(['host.command', 'Converged']);
    host.kernel.failNext('probe.exec', 'it is ill');
    for (let index = 0; index < 8; index += 1) host.kernel.failNext('probe.exec', 'it is still ill');
    await clock.advance(70_000);
    expect(condition('Ready', 'container.web')).toBe('Ready=false host.command');
    expect(condition()).toBe('Ready=false host.command');
    // It was not started again for that: that is for its restart policy to do.
    expect(host.kernel.pids('/bin/serve')).toHaveLength(1);
    await clock.advance(600_000);
    expect(condition()).toBe('Ready=true Converged');
  });

  it('is not asked when it has none', async () => {
    const { push, host, clock, condition } = await simulate();
    await push('one', web());
    host.kernel.failNext('probe.exec', 'nobody asks');
    await clock.advance(300_000);
    expect(condition('Ready', 'container.web')).toBe('Ready=true Converged');
  });
});
