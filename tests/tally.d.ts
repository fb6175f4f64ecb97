export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  readonly failures: string[];
}

export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export function newTally(): Tally;
export function addStage(tally: Tally, name: string, good: boolean): void;
export function addReport(tally: Tally, report: Report): void;
export function summary(tally: Tally): string;
