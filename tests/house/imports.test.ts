import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync('/tmp/nova-house-');
afterAll(() => rmSync(folder, { recursive: true }));

const reportSchema = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) });

interface Violation {
  readonly file: string;
  readonly line: string;
  readonly reason: string;
}

const restricted: readonly Violation[] = [
  { file: 'schema/a.ts', line: "import '../stateStore/row.ts';", reason: 'schema knows no state' },
  { file: 'schema/b.ts', line: "import '../reconcilers/identity.ts';", reason: 'schema knows no reconciler' },
  { file: 'schema/c.ts', line: "import '../controller/cli.ts';", reason: 'schema knows no controller' },
  {
    file: 'schema/deep/d.ts',
    line: "import '../../fixtures/x.ts';",
    reason: 'schema knows no fixtures, at any depth',
  },
  {
    file: 'schema/e.ts',
    line: "import type { X } from '../stateStore/row.ts';",
    reason: 'types are imports too',
  },
  { file: 'schema/f.ts', line: "import 'node:fs';", reason: 'schema is pure' },
  {
    file: 'schema/g.ts',
    line: "import 'node:fs/promises';",
    reason: 'schema is pure, whichever way a file is read',
  },
  {
    file: 'schema/h.ts',
    line: "export * from '../reconcilers/identity.ts';",
    reason: 'exports are imports too',
  },
  {
    file: 'stateStore/a.ts',
    line: "import '../reconcilers/identity.ts';",
    reason: 'state knows no reconciler',
  },
  { file: 'stateStore/b.ts', line: "import '../controller/cli.ts';", reason: 'state knows no controller' },
  { file: 'stateStore/c.ts', line: "import 'node:child_process';", reason: 'state starts nothing' },
  { file: 'stateStore/d.ts', line: "import 'xstate';", reason: 'machines live in the controller' },
  {
    file: 'reconcilers/network/a.ts',
    line: "import '../../controller/cli.ts';",
    reason: 'no reconciler knows the controller',
  },
  {
    file: 'reconcilers/network/b.ts',
    line: "import '../../fixtures/x.ts';",
    reason: 'no reconciler knows the fixtures',
  },
  { file: 'reconcilers/network/c.ts', line: "import 'xstate';", reason: 'machines live in the controller' },
  { file: 'reconcilers/network/diff.ts', line: "import 'node:path';", reason: 'a diff is pure' },
  { file: 'reconcilers/container/ociConfig.ts', line: "import 'node:fs';", reason: 'a builder is pure' },
  {
    file: 'reconcilers/network/observe.ts',
    line: "import 'node:fs';",
    reason: 'observing goes through the view',
  },
  {
    file: 'reconcilers/network/converge.ts',
    line: "import 'execa';",
    reason: 'converging goes through the ports',
  },
  {
    file: 'reconcilers/volume/index.ts',
    line: "import 'node:child_process';",
    reason: 'only the host starts processes',
  },
  {
    file: 'reconcilers/host/a.ts',
    line: "import '../../controller/cli.ts';",
    reason: 'the host knows no controller',
  },
  { file: 'reconcilers/host/b.ts', line: "import 'xstate';", reason: 'machines live in the controller' },
  {
    file: 'controller/a.ts',
    line: "import '../fixtures/x.ts';",
    reason: 'what is shipped knows no fixtures',
  },
  {
    file: 'controller/cli/b.ts',
    line: "import '../../tests/x.ts';",
    reason: 'what is shipped knows no tests',
  },
  { file: 'fixtures/a.ts', line: "import '../controller/cli.ts';", reason: 'fixtures know no controller' },
  { file: 'fixtures/b.ts', line: "import '../tests/x.ts';", reason: 'fixtures know no tests' },
];

const allowed: readonly Violation[] = [
  { file: 'schema/ok.ts', line: "import 'node:crypto';", reason: 'hashing is pure' },
  { file: 'stateStore/ok.ts', line: "import '../schema/errors.ts';", reason: 'state builds on the schema' },
  {
    file: 'reconcilers/network/ok.ts',
    line: "import '../../schema/errors.ts';",
    reason: 'reconcilers build on the schema',
  },
  {
    file: 'reconcilers/host/ok.ts',
    line: "import 'node:fs';\nimport 'execa';",
    reason: 'the host meets the machine',
  },
  {
    file: 'reconcilers/container/restartX.ts',
    line: "import 'node:child_process';",
    reason: 'it is a program of its own',
  },
  {
    file: 'controller/ok.ts',
    line: "import 'xstate';\nimport '../stateStore/row.ts';",
    reason: 'the controller joins all',
  },
];

const others: readonly (Violation & { readonly code: string })[] = [
  {
    file: 'controller/floating.ts',
    line: 'async function later(): Promise<void> {}\nexport function now(): void {\n  later();\n}',
    code: 'typescript(no-floating-promises)',
    reason: 'an error must have somewhere to go',
  },
  {
    file: 'controller/anything.ts',
    line: 'export const value: any = 1;',
    code: 'typescript(no-explicit-any)',
    reason: 'any hides mistakes',
  },
  {
    file: 'controller/surely.ts',
    line: 'export const first = (list: string[]): string => list[0]!;',
    code: 'typescript(no-non-null-assertion)',
    reason: 'a check is as short',
  },
  {
    file: 'controller/unnamed.ts',
    line: 'export default 1;',
    code: 'import(no-default-export)',
    reason: 'a thing has one name',
  },
  {
    file: 'controller/long.ts',
    line: Array.from({ length: 251 }, (_, at) => `export const value${at} = ${at};`).join('\n'),
    code: 'eslint(max-lines)',
    reason: 'a file has one idea',
  },
  {
    file: 'controller/Wrong-name.ts',
    line: 'export const value = 1;',
    code: 'unicorn(filename-case)',
    reason: 'files are in camelCase',
  },
  {
    file: 'controller/cycleOne.ts',
    line: "import { two } from './cycleTwo.ts';\nexport const one = (): number => two();",
    code: 'import(no-cycle)',
    reason: 'what needs each other is one thing',
  },
];

const cycle = "import { one } from './cycleOne.ts';\nexport const two = (): number => one();";

function lint(path: string): z.infer<typeof reportSchema>['diagnostics'] {
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format=json', ...folders], {
    cwd: path,
    encoding: 'utf8',
    maxBuffer: 16 << 20,
  });
  return reportSchema.parse(JSON.parse(stdout)).diagnostics;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${text}\n`);
}

const folders = ['schema', 'stateStore', 'reconcilers', 'controller', 'fixtures'];

const importRule = 'eslint(no-restricted-imports)';

describe('the lint in a house that breaks every rule', () => {
  const found = new Map<string, Set<string>>();

  beforeAll(() => {
    for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json'])
      copyFileSync(join(root, file), join(folder, file));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const { file, line } of [...restricted, ...allowed, ...others]) write(file, line);
    write('controller/cycleTwo.ts', cycle);
    for (const { filename, code } of lint(folder))
      found.set(filename, (found.get(filename) ?? new Set()).add(code));
  });

  it.each(restricted)('reports $line in $file: $reason', ({ file }) => {
    expect(found.get(file)).toContain(importRule);
  });

  it.each(allowed)('lets $file import what it needs: $reason', ({ file }) => {
    expect(found.get(file) ?? new Set()).not.toContain(importRule);
  });

  it.each(others)('reports $code in $file: $reason', ({ file, code }) => {
    expect(found.get(file)).toContain(code);
  });
});

describe('this house', () => {
  it('imports in its own direction only, and in no circle', () => {
    const wrong = lint(root).filter(({ code }) => code === importRule || code === 'import(no-cycle)');
    expect(wrong).toEqual([]);
  });

  it('imports at run time only what it could import before', () => {
    const { stdout } = spawnSync('grep', ['-rnF', 'import(', ...folders.slice(0, 3)], {
      cwd: root,
      encoding: 'utf8',
    });
    const lines = stdout
      .split('\n')
      .filter((line) => /\bimport\((?!')|import\('(\.\.|node:|execa|xstate)/.test(line));
    expect(lines.filter((line) => !/^reconcilers\/(host\/|container\/restart)/.test(line))).toEqual([]);
  });
});
