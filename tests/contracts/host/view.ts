import { describe, expect, it } from 'vitest';

import type { Host } from '../../../reconcilers/host/host.ts';
import { ip } from './shared.ts';

export function viewContract(host: () => Host): void {
  describe('view', () => {
    it('reads each part once, and a newer view reads it again', async () => {
      const view = host().view();
      const before = await view.links();
      await ip(host(), 'link add name lan0 type bridge');
      expect(await view.links()).toEqual(before);
      expect(await host().view().links()).toHaveLength(before.length + 1);
    });

    it('reads a part no sooner than it is asked for', async () => {
      const view = host().view();
      await ip(host(), 'link add name lan0 type bridge');
      expect((await view.links()).map(({ name }) => name)).toContain('lan0');
    });

    it('shows nothing inside a process that is gone', async () => {
      expect(
        await host()
          .view()
          .inside(2 ** 22 + 1),
      ).toBeUndefined();
    });

    it('misses no ability that nobody asked for', async () => {
      expect(await host().missing([])).toEqual([]);
    });
  });
}
