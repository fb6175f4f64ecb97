import { defineConfig } from 'vitest/config';

/** They share the machine's kernel: one file at a time, and with patience. */
const system = ['tests/system/**/*.test.ts', 'tests/cli/**/*.test.ts'];

/** How long a test waits for what comes by itself; a loaded machine takes its time. */
const expectations = { poll: { timeout: 60_000, interval: 50 } };

export default defineConfig({
  test: {
    globalSetup: ['tests/leakCheck.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['tests/seed.ts'],
          include: ['tests/**/*.test.ts'],
          exclude: [...system, 'tests/lab/**', 'tests/bench/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: expectations,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'system',
          include: system,
          fileParallelism: false,
          testTimeout: 400_000,
          hookTimeout: 400_000,
          expect: expectations,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'lab',
          include: ['tests/lab/**/*.test.ts'],
          globalSetup: ['tests/lab/globalSetup.ts'],
          // As many as the lab has processors.
          maxWorkers: 2,
          testTimeout: 900_000,
          hookTimeout: 900_000,
          expect: expectations,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
