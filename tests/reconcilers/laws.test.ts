import { env } from 'node:process';

import { reconcilerContract } from '../contracts/reconciler.ts';

/** More are tried by `NOVA_LAW_RUNS=1000 npx vitest run tests/reconcilers/laws.test.ts`. */
reconcilerContract(Number(env['NOVA_LAW_RUNS'] ?? 25));
