import { describe, expect, it } from 'vitest';

import { makeMachine } from './machine.ts';

describe('links', () => {
  it('makes, marks, renames and addresses a bridge that the view then shows', async () => {
    await using machine = makeMachine();
    const { host } = machine;
    await host.links.change([
      { argv: ['link', 'add', 'tmp0', 'type', 'bridge'] },
      { argv: ['link', 'set', 'tmp0', 'alias', 'nova:12345678/demo/network.lan'] },
      { argv: ['link', 'set', 'tmp0', 'name', 'lan'] },
      { argv: ['link', 'set', 'lan', 'mtu', '1400', 'address', '02:00:00:00:00:01'] },
      { argv: ['addr', 'add', '192.168.77.1/24', 'dev', 'lan'] },
      { argv: ['link', 'set', 'lan', 'up'] },
    ]);
    const links = await host.view().links();
    expect(links.find((link) => link.name === 'lan')).toEqual({
      index: expect.any(Number),
      name: 'lan',
      kind: 'bridge',
      alias: 'nova:12345678/demo/network.lan',
      up: true,
      mtu: 1400,
      mac: '02:00:00:00:00:01',
      master: undefined,
      hairpin: false,
      addresses: [{ ip: '192.168.77.1', prefix: 24 }],
      addresses6: [],
    });
    expect(machine.commands.filter((command) => command.effect === 'change')).toHaveLength(1);
  });

  it('sends what is ready together in one batch and gives each its own answer', async () => {
    await using machine = makeMachine();
    const { links } = machine.host;
    const answers = await Promise.allSettled([
      links.change([{ argv: ['link', 'add', 'a0', 'type', 'bridge'] }]),
      links.change([
        { argv: ['link', 'set', 'ghost', 'up'] },
        { argv: ['link', 'add', 'b0', 'type', 'bridge'] },
      ]),
      links.change([
        { argv: ['link', 'add', 'c0', 'type', 'bridge'] },
        { argv: ['link', 'set', 'c0', 'master', 'ghost'] },
      ]),
      links.change([{ argv: ['link', 'add', 'd0', 'type', 'bridge'] }]),
      links.change([{ argv: ['link', 'del', 'ghost'], tolerate: 'absent' }]),
      links.change([{ argv: ['link', 'add', 'a0', 'type', 'bridge'], tolerate: 'exists' }]),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(answers[1]).toMatchObject({
      reason: { code: 'host.command', message: 'ip link set ghost up: Cannot find device "ghost"' },
    });
    expect(answers[2]).toMatchObject({
      reason: { code: 'host.command', message: expect.stringContaining('Device does not exist') },
    });
    const names = (await machine.host.view().links()).map((link) => link.name);
    expect(names).toEqual(expect.arrayContaining(['a0', 'b0', 'c0', 'd0']));
    // The third stopped the batch; what it kept from running went in a second one.
    expect(machine.commands.filter((command) => command.effect === 'change')).toHaveLength(2);
  });

  it('refuses words that would make another command', async () => {
    await using machine = makeMachine();
    const change = machine.host.links.change([
      { argv: ['link', 'set', 'lo', 'alias', 'x\nlink set lo down'] },
    ]);
    await expect(change).rejects.toMatchObject({ code: 'internal' });
    expect(machine.commands).toEqual([]);
  });

  it('takes everything in a namespace that is not there for absent', async () => {
    await using machine = makeMachine({ namespace: false });
    await machine.host.links.change([{ argv: ['link', 'del', 'lan'], tolerate: 'absent' }]);
    const change = machine.host.links.change([{ argv: ['link', 'add', 'lan', 'type', 'bridge'] }]);
    await expect(change).rejects.toMatchObject({
      code: 'host.command',
      message: expect.stringContaining('does not exist'),
    });
  });

  it('plugs a veth into the namespace of a capsule', async () => {
    await using machine = makeMachine();
    const { host, scope } = machine;
    const name = `nova-${scope.id}-capsule`;
    await host.namespaces.ensure(name, `nova:${scope.id}/demo/container.web`);
    await host.links.change([
      { argv: ['link', 'add', 'nvweb', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name] },
    ]);
    await host.links.change(
      [{ argv: ['addr', 'add', '10.0.0.2/24', 'dev', 'eth0'] }, { argv: ['link', 'set', 'eth0', 'up'] }],
      name,
    );
    expect((await host.view().links()).map((link) => link.name)).toContain('nvweb');
    await host.namespaces.remove(name);
    await host.namespaces.remove(name);
    expect((await host.view().namespaces()).has(name)).toBe(false);
  });
});
