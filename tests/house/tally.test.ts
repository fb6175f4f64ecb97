import { expect, it } from 'vitest';

import { addReport, addStage, newTally, summary } from '../tally.js';

const report = {
  numPassedTests: 2,
  numFailedTests: 1,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults: [
    {
      name: 'tests/a.test.ts',
      status: 'failed',
      assertionResults: [
        { status: 'passed', fullName: 'adds', failureMessages: [] },
        { status: 'failed', fullName: 'divides', failureMessages: ['Error: by zero\n  at a.ts:3:1'] },
      ],
    },
    {
      name: 'tests/b.test.ts',
      status: 'failed',
      message: 'SyntaxError: no\nsuch thing',
      assertionResults: [],
    },
    { name: 'tests/c.test.ts', status: 'passed', assertionResults: [] },
  ],
};

it('a run ends with each thing that failed, by name and reason, and with the numbers', () => {
  const tally = newTally();
  addStage(tally, 'format', true);
  addStage(tally, 'types', false);
  addReport(tally, report);
  expect(summary(tally)).toBe(`
failed: types
failed: tests/a.test.ts > divides
  Error: by zero
    at a.ts:3:1
failed: tests/b.test.ts
  SyntaxError: no
  such thing
3 passed, 3 failed, 1 skipped
`);
});

it('a run in which all is well ends with the numbers alone', () => {
  const tally = newTally();
  addStage(tally, 'format', true);
  expect(summary(tally)).toBe('\n1 passed, 0 failed, 0 skipped\n');
});
