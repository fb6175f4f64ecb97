import { describe } from 'vitest';

import { pathSuite } from './support/pathSuite.ts';
import { createWorld } from './support/world.ts';

describe('the path, end to end', () => {
  pathSuite(createWorld);
});
