import type { TestProject } from 'vitest/node';

import { startLab, type StartedLab } from './startLab.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Socket of the lab that the tests of a run share. */
    readonly lab: string;
  }
}

/** No lab is wanted: its tests are skipped, and counted as such. */
export const isSkipped = process.env['NOVA_SKIP_LAB'] === '1';

let lab: StartedLab | undefined;

/** One boot for a whole run. When it cannot be, the run says why and fails. */
export async function setup({ provide }: TestProject): Promise<void> {
  if (isSkipped) {
    process.stderr.write('NOVA_SKIP_LAB=1: the tests that need the lab are skipped.\n');
    return;
  }
  lab = await startLab();
  process.stderr.write(`the lab is up after ${(lab.milliseconds / 1000).toFixed(1)} s\n`);
  provide('lab', lab.socket);
}

export async function teardown(): Promise<void> {
  await lab?.[Symbol.asyncDispose]();
}
