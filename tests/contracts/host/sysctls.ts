import { describe, expect, it } from 'vitest';

import type { Host } from '../../../reconcilers/host/host.ts';

const key = 'net.ipv4.ip_forward';

export function sysctlsContract(host: () => Host): void {
  const value = async () => await host().view().sysctl(key);

  describe('sysctls', () => {
    it('restores what was there when the last of its users is gone', async () => {
      const before = await value();
      await host().sysctls.borrow(key, '1', 'demo/network.a');
      await host().sysctls.borrow(key, '1', 'demo/network.a');
      await host().sysctls.borrow(key, '1', 'demo/network.b');
      expect(await value()).toBe('1');
      await host().sysctls.giveBack(key, 'demo/network.a');
      expect(await value()).toBe('1');
      await host().sysctls.giveBack(key, 'demo/network.b');
      expect(await value()).toBe(before);
    });

    it('serves many at once, each for itself', async () => {
      const before = await value();
      const users = Array.from({ length: 20 }, (_, n) => `demo/network.n${n}`);
      const answers = await Promise.allSettled([
        ...users.map((user) => host().sysctls.borrow(key, '1', user)),
        host().sysctls.borrow('net.ipv4.no_such_thing', '1', 'demo/network.a'),
      ]);
      expect(answers.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1);
      expect(await value()).toBe('1');
      const [last = '', ...others] = users;
      await Promise.all(others.map((user) => host().sysctls.giveBack(key, user)));
      expect(await value()).toBe('1');
      await Promise.all([last, 'demo/network.nobody'].map((user) => host().sysctls.giveBack(key, user)));
      expect(await value()).toBe(before);
    });

    it('does not take what somebody else changed for what was there before', async () => {
      const before = await value();
      await host().sysctls.borrow(key, before === '1' ? '0' : '1', 'demo/network.a');
      await host().sysctls.borrow(key, before === '1' ? '0' : '1', 'demo/network.b');
      for (const user of ['demo/network.a', 'demo/network.b']) await host().sysctls.giveBack(key, user);
      expect(await value()).toBe(before);
    });

    it('counts what was not borrowed as given back', async () => {
      const before = await value();
      await host().sysctls.giveBack(key, 'demo/network.nobody');
      expect(await value()).toBe(before);
    });

    it('sets one of a namespace of its own, and none of the host', async () => {
      const before = await value();
      const other = before === '1' ? '0' : '1';
      const namespace = `nova-${host().scope.id}-sysctls`;
      await host().namespaces.ensure(namespace, 'nova');
      try {
        await host().sysctls.set(key, other, namespace);
        expect(await value()).toBe(before);
        const setting = host().sysctls.set('net.ipv4.no_such_thing', '1', namespace);
        await expect(setting).rejects.toMatchObject({ code: 'host.command' });
      } finally {
        await host().namespaces.remove(namespace);
      }
    });

    it('says of a sysctl that is not there that it is not there', async () => {
      expect(await host().view().sysctl('net.ipv4.no_such_thing')).toBeUndefined();
      const borrowing = host().sysctls.borrow('net.ipv4.no_such_thing', '1', 'demo/network.a');
      await expect(borrowing).rejects.toMatchObject({ code: 'host.command' });
    });
  });
}
