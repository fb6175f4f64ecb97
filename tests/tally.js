// What a run of many stages came to, in a few lines at its end: the last screen tells what failed, and why.

export function newTally() {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

/** A stage that is one thing by itself, as the formatter. */
export function addStage(tally, name, good) {
  tally[good ? 'passed' : 'failed'] += 1;
  if (!good) tally.failures.push(name);
}

/** The report of vitest, as its JSON reporter writes it. */
export function addReport(tally, report) {
  tally.passed += report.numPassedTests;
  tally.failed += report.numFailedTests;
  tally.skipped += report.numPendingTests + report.numTodoTests;
  for (const file of report.testResults) {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    tally.failures.push(
      ...failed.map((test) => describe(`${file.name} > ${test.fullName}`, test.failureMessages[0])),
    );
    // A file that cannot even be loaded has no tests to count.
    if (file.status !== 'failed' || file.assertionResults.length > 0) continue;
    tally.failed += 1;
    tally.failures.push(describe(file.name, file.message));
  }
}

/** The last lines of a run: each failure by name with how its reason begins, then the numbers. */
export function summary({ passed, failed, skipped, failures }) {
  const named = failures.map((each) => `failed: ${each}\n`).join('');
  return `\n${named}${passed} passed, ${failed} failed, ${skipped} skipped\n`;
}

function describe(name, reason = '') {
  const lines = reason.split('\n').slice(0, 8);
  return [name, ...lines.map((line) => `  ${line.slice(0, 240)}`)].join('\n');
}
