import { describe, expect, it } from 'vitest';

import type { Host } from '../../../reconcilers/host/host.ts';
import { namespaceFor } from './shared.ts';

export function namespacesContract(host: () => Host): void {
  describe('namespaces', () => {
    it('makes a namespace once, and leaves one that exists as it is', async () => {
      const name = namespaceFor(host(), 'once');
      await host().namespaces.ensure(name, 'nova:00000000/demo/container.web');
      try {
        const inode = (await host().view().namespaces()).get(name);
        expect(inode).toEqual(expect.any(Number));
        await host().namespaces.ensure(name, 'nova:00000000/demo/container.web');
        expect((await host().view().namespaces()).get(name)).toBe(inode);
      } finally {
        await host().namespaces.remove(name);
      }
      expect((await host().view().namespaces()).has(name)).toBe(false);
    });

    it('counts a namespace that is not there as removed', async () => {
      await host().namespaces.remove(namespaceFor(host(), 'never'));
    });

    it('has a namespace of its own', async () => {
      expect(await host().view().namespace()).toEqual(expect.any(Number));
    });
  });
}
