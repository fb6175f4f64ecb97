import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readPlanFile, writePlanFile } from '../../controller/savedPlanFile.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nova-plan-'));
  path = join(folder, 'plan.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('writePlanFile', () => {
  it('makes a file that only its owner can read, also in the place of one that everybody could', () => {
    writeFileSync(path, 'old');
    chmodSync(path, 0o644);
    writePlanFile(path, { a: 1 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ a: 1 });
    expect(readdirSync(folder)).toEqual(['plan.json']);
  });

  it('writes to where a link points', () => {
    writeFileSync(path, 'old');
    symlinkSync(path, join(folder, 'link'));
    writePlanFile(join(folder, 'link'), { a: 1 });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ a: 1 });
  });

  it.each(['/dev/null', '/nowhere/at/all/plan.json', '/proc'])(
    'refuses %s and leaves nothing behind',
    (target) => {
      expect(() => writePlanFile(target, {})).toThrowError(expect.objectContaining({ code: 'usage' }));
    },
  );
});

describe('readPlanFile', () => {
  it.each([
    { text: ' \n{"kind": "nova.plan"}', is: true, reason: 'no NovaFile begins with a brace' },
    { text: '{ cut off', is: true, reason: 'a plan that was cut off is told as such' },
    { text: 'project = "demo"\n', is: false, reason: 'a NovaFile' },
    { text: '', is: false, reason: 'an empty file' },
  ])('takes $text as a plan: $is, as it is $reason', ({ text, is }) => {
    writeFileSync(path, text);
    expect(readPlanFile(path)).toBe(is ? text : undefined);
  });

  it('leaves what is not there, and folders, to others', () => {
    expect(readPlanFile(path)).toBeUndefined();
    expect(readPlanFile(folder)).toBeUndefined();
  });
});
