import { describe, inject } from 'vitest';

import { pathSuite } from '../system/support/pathSuite.ts';
import { connectLab } from './connectLab.ts';
import { isSkipped } from './globalSetup.ts';
import { keepConsoleOnFailure } from './labTest.ts';
import { createLabWorld } from './world.ts';

describe.skipIf(isSkipped)('the path, end to end, with crun on cgroup version 2', () => {
  keepConsoleOnFailure();
  pathSuite(() => createLabWorld(connectLab(inject('lab'))));
});
