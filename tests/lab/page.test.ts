import { expect } from 'vitest';

import { labTest } from './labTest.ts';

labTest('an address can be had', async ({ place }) => {
  await place.sh('ip address add 192.0.2.1/24 dev lo');
  expect(await place.sh('ip -br address show lo')).toContain('192.0.2.1/24');
});
