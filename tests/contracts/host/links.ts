import { describe, expect, it } from 'vitest';

import type { Host } from '../../../reconcilers/host/host.ts';
import { command, eventually, ip, linkOf, namespaceFor } from './shared.ts';

export function linksContract(host: () => Host): void {
  describe('links', () => {
    it('makes a bridge under another name, marks it, then gives it its own', async () => {
      await ip(host(), 'link add name nt0 type bridge', 'link set nt0 alias nova:00000000/demo/network.lan');
      await ip(
        host(),
        'link set nt0 address 02:00:00:00:00:01',
        'link set nt0 mtu 1400',
        'link set nt0 name lan0',
      );
      await ip(host(), 'addr add 192.168.77.1/24 brd + dev lan0', 'link set lan0 up');
      await ip(host(), 'addr add fd00:77::1/64 dev lan0 nodad');

      expect(await linkOf(host(), 'nt0')).toBeUndefined();
      expect(await linkOf(host(), 'lan0')).toEqual({
        index: expect.any(Number),
        name: 'lan0',
        kind: 'bridge',
        alias: 'nova:00000000/demo/network.lan',
        up: true,
        mtu: 1400,
        mac: '02:00:00:00:00:01',
        master: undefined,
        hairpin: false,
        addresses: [{ ip: '192.168.77.1', prefix: 24 }],
        addresses6: [{ ip: 'fd00:77::1', prefix: 64 }],
      });
    });

    it('takes IPv6 addresses from a link that goes down, or gets too small for them, and no others', async () => {
      const addresses = async () => {
        const link = await linkOf(host(), 'lan0');
        return [...(link?.addresses ?? []), ...(link?.addresses6 ?? [])].map(({ ip }) => ip);
      };
      await ip(host(), 'link add name lan0 type bridge', 'link set lan0 up');
      await ip(host(), 'addr add 192.168.77.1/24 dev lan0', 'addr add fd00:77::1/64 dev lan0 nodad');
      await ip(host(), 'link set lan0 mtu 1279', 'link set lan0 mtu 1500');
      expect(await addresses()).toEqual(['192.168.77.1']);
      await ip(host(), 'addr add fd00:77::1/64 dev lan0 nodad', 'link set lan0 down');
      expect(await addresses()).toEqual(['192.168.77.1']);
    });

    it('flushes the addresses of one family', async () => {
      await ip(host(), 'link add name lan0 type bridge', 'link set lan0 up');
      await ip(host(), 'addr add 192.168.77.1/24 dev lan0', 'addr add fd00:77::1/64 dev lan0 nodad');
      await ip(host(), 'addr flush dev lan0 to 0.0.0.0/0');
      expect(await linkOf(host(), 'lan0')).toMatchObject({
        addresses: [],
        addresses6: [{ ip: 'fd00:77::1' }],
      });
      await ip(host(), 'addr flush dev lan0 scope global to ::/0');
      expect(await linkOf(host(), 'lan0')).toMatchObject({ addresses: [], addresses6: [] });
    });

    it('shows the loopback as a link without kind and without an address', async () => {
      expect(await linkOf(host(), 'lo')).toMatchObject({ kind: undefined, addresses: [] });
    });

    it('lets a bridge take the smallest MTU of its ports until its own is set', async () => {
      await ip(
        host(),
        'link add name lan0 type bridge',
        'link add name port0 mtu 1300 type veth peer name port1',
      );
      await ip(host(), 'link set port0 master lan0');
      expect((await linkOf(host(), 'lan0'))?.mtu).toBe(1300);
      await ip(host(), 'link set lan0 mtu 1450', 'link set port0 nomaster', 'link set port0 master lan0');
      expect((await linkOf(host(), 'lan0'))?.mtu).toBe(1450);
    });

    it('puts a link on a bridge and takes it off again', async () => {
      await ip(host(), 'link add name lan0 type bridge', 'link add name port0 type veth peer name port1');
      await ip(host(), 'link set dev port0 master lan0');
      expect(await linkOf(host(), 'port0')).toMatchObject({ master: 'lan0', hairpin: false });
      await ip(host(), 'link set dev port0 type bridge_slave hairpin on');
      expect(await linkOf(host(), 'port0')).toMatchObject({ master: 'lan0', hairpin: true });
      await ip(host(), 'link set port0 nomaster');
      expect((await linkOf(host(), 'port0'))?.master).toBeUndefined();
    });

    it('releases the ports of a bridge that is deleted', async () => {
      await ip(host(), 'link add name lan0 type bridge', 'link add name port0 type veth peer name port1');
      await ip(host(), 'link set port0 master lan0', 'link del lan0');
      expect(await linkOf(host(), 'lan0')).toBeUndefined();
      expect(await linkOf(host(), 'port0')).toMatchObject({ master: undefined });
    });

    it('deletes both ends of a pair', async () => {
      await ip(host(), 'link add name port0 type veth peer name port1', 'link del port1');
      expect(await linkOf(host(), 'port0')).toBeUndefined();
    });

    it('makes a pair with one end in a named namespace, and configures that end there', async () => {
      const inner = namespaceFor(host(), 'a');
      await host().namespaces.ensure(inner, 'mark');
      try {
        await ip(host(), `link add name port0 mtu 1400 type veth peer name eth0 mtu 1400 netns ${inner}`);
        expect(await linkOf(host(), 'port0')).toMatchObject({ kind: 'veth', mtu: 1400 });
        expect(await linkOf(host(), 'eth0')).not.toMatchObject({ kind: 'veth' });
        const set = [
          'addr replace 10.9.0.2/24 dev eth0',
          'link set eth0 up',
          'route replace default via 10.9.0.1 dev eth0',
        ];
        await host().links.change(
          set.map((words) => command(words)),
          inner,
        );
        await host().links.change(
          set.map((words) => command(words)),
          inner,
        );
        await expect(host().links.change([command('link add name eth0 type bridge')], inner)).rejects.toThrow(
          /File exists/,
        );
      } finally {
        await host().namespaces.remove(inner);
      }
      await eventually(host(), async () => await linkOf(host(), 'port0'), undefined);
    });

    it('makes room for a new end when the host end is deleted', async () => {
      const inner = namespaceFor(host(), 'b');
      await host().namespaces.ensure(inner, 'mark');
      try {
        const add = `link add name port0 type veth peer name eth0 netns ${inner}`;
        await ip(host(), add, 'link del port0', add);
        expect(await linkOf(host(), 'port0')).toBeDefined();
      } finally {
        await host().namespaces.remove(inner);
      }
    });

    it('replaces an address without doubling it, and flushes all of a link', async () => {
      await ip(
        host(),
        'link add name lan0 type bridge',
        'addr add 10.9.0.1/24 dev lan0',
        'addr add 10.8.0.1/24 dev lan0',
      );
      await ip(host(), 'addr replace 10.9.0.1/24 dev lan0');
      expect((await linkOf(host(), 'lan0'))?.addresses).toHaveLength(2);
      await ip(host(), 'addr del 10.9.0.1/24 dev lan0');
      expect((await linkOf(host(), 'lan0'))?.addresses).toEqual([{ ip: '10.8.0.1', prefix: 24 }]);
      await ip(host(), 'addr flush dev lan0');
      expect((await linkOf(host(), 'lan0'))?.addresses).toEqual([]);
    });

    it.each([
      { words: 'link add name lan0 type bridge', tolerate: 'exists', reason: 'the bridge is there' },
      { words: 'addr add 10.9.0.1/24 dev lan0', tolerate: 'exists', reason: 'the address is there' },
      { words: 'link del nope', tolerate: 'absent', reason: 'there is nothing to delete' },
      { words: 'link set nope down', tolerate: 'absent', reason: 'there is nothing to set down' },
      { words: 'addr flush dev nope', tolerate: 'absent', reason: 'there is nothing to flush' },
      { words: 'addr del 10.7.0.1/24 dev lan0', tolerate: 'absent', reason: 'there is no such address' },
    ] as const)(
      'counts "$words" as done when told to tolerate $tolerate: $reason',
      async ({ words, tolerate }) => {
        await ip(host(), 'link add name lan0 type bridge', 'addr add 10.9.0.1/24 dev lan0');
        await host().links.change([command(words, tolerate)]);
        await expect(host().links.change([command(words)])).rejects.toMatchObject({ code: 'host.command' });
      },
    );

    it.each([
      { words: 'link set nope up', reason: 'the link is not there' },
      { words: 'link set lan0 master nope', reason: 'the master is not there' },
      { words: 'link set lan0 mtu 1', reason: 'the kernel refuses the value' },
    ])('fails "$words" alone and names it, as $reason', async ({ words }) => {
      await ip(host(), 'link add name lan0 type bridge');
      const [mine, other] = await Promise.allSettled([
        host().links.change([command(words)]),
        host().links.change([command('link set lan0 up')]),
      ]);
      expect(mine).toMatchObject({ status: 'rejected', reason: { code: 'host.command' } });
      expect(mine).toMatchObject({ reason: { message: expect.stringContaining(words) } });
      expect(other.status).toBe('fulfilled');
      expect((await linkOf(host(), 'lan0'))?.up).toBe(true);
    });

    it('changes nothing in a namespace that does not exist', async () => {
      const change = host().links.change([command('link set lo up')], namespaceFor(host(), 'nope'));
      await expect(change).rejects.toMatchObject({ code: 'host.command' });
    });
  });
}
