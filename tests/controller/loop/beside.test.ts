import { describe, expect, it } from 'vitest';

import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import { makeWorld } from '../../contracts/reconciler/world.ts';
import { simulate } from './simulation.ts';

const file = (capsule: string, more = '') => `project = "demo"
[network.lan]
subnet = "192.168.77.1/24"
[container.web]
capsule = "${capsule}"
command = ["/bin/serve"]
network = "lan"
lifecycle.create_before_destroy = true
${more}[volume.a]
[volume.b]
[volume.c]
[volume.d]
`;
const [one, other] = ['/lab/busybox', '/lab/other'];
const health = 'health = { tcp = 80, deadline = "1s", interval = "200ms" }\n';

function serving(host: FakeHost): readonly number[] {
  return host.kernel.pids('/bin/serve');
}

describe('a loop that replaces something beside what runs', () => {
  it('asks first, and takes the old one away when the new one works', async () => {
    const { push, host, clock, controller, condition, message } = await simulate();
    await push('one', file(one));
    const [old] = serving(host);
    await push('two', file(other));
    expect(condition()).toBe('Ready=false approval.needed');
    expect(message()).toContain('it would replace container.web');
    expect(serving(host)).toEqual([old]);
    controller.loops.get('lab')?.approve();
    await clock.advance(2000);
    expect(condition()).toBe('Ready=true Converged');
    expect(serving(host)).toHaveLength(1);
    expect(serving(host)).not.toContain(old);
  });

  it('leaves the old one at work while the new one does not, and goes back', async () => {
    const inner = makeWorld();
    let ill = false;
    const { tcp } = inner.probe;
    const probe: FakeHost['probe'] = {
      ...inner.probe,
      tcp: async (...asked) => (ill ? 'connection refused' : tcp(...asked)),
    };
    const host: FakeHost = { ...inner, probe };
    const automatic = ['create', 'update', 'replace', 'delete'] as const;
    const { push, clock, condition } = await simulate({ host, automatic });
    await push('one', file(one, health));
    await clock.advance(5000);
    expect(condition()).toBe('Ready=true Converged');
    const [old = 0] = serving(host);
    ill = true;
    await push('two', file(other, health));
    await clock.advance(60_000);
    expect(condition('Ready', 'container.web')).toBe('Ready=false capsule.unhealthy');
    expect(serving(host)).toContain(old);
    ill = false;
    // The generation before it is back after five minutes, with whatever of the two is then taken away.
    await clock.advance(400_000);
    expect(condition('Ready', 'container.web')).toBe('Ready=true Converged');
    expect(serving(host)).toHaveLength(1);
  });
});
