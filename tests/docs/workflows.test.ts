import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readArguments } from '../../controller/cli/args.ts';
import { scriptsIn, workflowFiles } from './workflows.ts';

describe('the workflows of examples/ci', () => {
  it('are these files', () => {
    const files = readdirSync(resolve(import.meta.dirname, '../../examples/ci'));
    expect(files.filter((name) => name.endsWith('.yml')).toSorted()).toEqual([...workflowFiles].toSorted());
  });

  it.each(workflowFiles)('validate, plan and look for drift with words that nova knows: %s', (file) => {
    const scripts = [...scriptsIn(file).values()].flat();
    const lines = scripts.flatMap((script) => /^(?:sudo )?nova ([^>\n]*)/.exec(script)?.[1] ?? []);
    const commands = lines.map((line) => readArguments(line.trim().split(' ')));
    expect(commands.map((each) => (typeof each === 'string' ? each : each.command))).toEqual([
      'validate',
      'plan',
      'drift',
    ]);
  });
});
