import { describe, inject } from 'vitest';

import { pathSuite } from '../system/support/pathSuite.ts';
import { connectLab } from './connectLab.ts';
import { isSkipped } from './globalSetup.ts';
import { createLabWorld } from './world.ts';

describe.skipIf(isSkipped)('the path, end to end, with crun on cgroup version 2', () => {
  pathSuite(() => createLabWorld(connectLab(inject('lab'))));
});
