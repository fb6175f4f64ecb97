import process from 'node:process';

import fc from 'fast-check';

/**
 * Laws are tried with the same examples everywhere, so that one that does not hold fails for everybody, and again.
 * NOVA_SEED is another number to draw them from; `random` draws new ones each time, which is how a law is searched.
 */
const { NOVA_SEED: seed = '20260101' } = process.env;
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
