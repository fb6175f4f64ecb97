import { describe, expect, it } from 'vitest';

import { planJson } from '../../../controller/render/planJson.ts';
import { everything } from './plans.ts';

describe('planJson', () => {
  it('shows one of everything', async () => {
    const text = `${JSON.stringify(planJson(everything), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../fixtures/plans/everything.json');
  });

  it('tells what was there before a change from what will be there after it', () => {
    const { resource_changes: changes } = planJson(everything) as {
      resource_changes: { address: string; change: Record<string, unknown> }[];
    };
    const web = changes.find(({ address }) => address === 'container.web');
    expect(web?.change['before']).toMatchObject({ limits: { memory: 33554432 }, env: { B: '2' } });
    expect(web?.change['after']).toMatchObject({ limits: { memory: 67108864 }, env: { A: '1' } });
  });
});
