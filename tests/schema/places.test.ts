import fc from 'fast-check';
import { type AST, parseTOML, traverseNodes } from 'toml-eslint-parser';
import { describe, expect, it } from 'vitest';

import { arbitraryManifest, arbitraryNovaFile, arbitraryStyle } from '../../fixtures/arbitraries.ts';
import { memoryFiles } from '../../fixtures/memoryFiles.ts';
import { printComposed, profile, type Printed } from '../../fixtures/printComposed.ts';
import type { Issue, Related } from '../../schema/errors.ts';
import { parseNovaFile } from '../../schema/parse.ts';
import { runs } from '../runs.ts';

/** No key takes a date. */
const damage = '1979-05-27';
const minutes = 20 * 60_000;

describe('places', () => {
  it(
    'law: a value that is damaged is pointed at, in every way to write it',
    { timeout: minutes },
    async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryNovaFile(), fc.nat(), async ({ manifest, text }, pick) => {
          const damaged = damageOne(new Map([[manifest.file, text]]), pick);
          fc.pre(damaged !== undefined);
          const parsed = await parseNovaFile({
            text: damaged.texts.get(manifest.file) ?? '',
            file: manifest.file,
          });
          const issues = 'issues' in parsed ? parsed.issues : [];
          expect(issues.some((issue) => isAt(issue, damaged))).toBe(true);
          // What follows from it is left out: nothing else is wrong.
          expect(issues.filter((issue) => !isAt(issue, damaged))).toEqual([]);
        }),
        { numRuns: runs(200) },
      );
    },
  );

  it(
    'law: across files, profiles, defaults and variables the place where it is written is named',
    { timeout: minutes },
    async () => {
      const picks = fc.array(fc.nat(29), { minLength: 7, maxLength: 60 });
      await fc.assert(
        fc.asyncProperty(
          arbitraryManifest({ everything: true }),
          picks,
          arbitraryStyle,
          fc.nat(),
          async (manifest, chosen, style, pick) => {
            const damaged = damageOne(printComposed(manifest, chosen, style), pick);
            fc.pre(damaged !== undefined);
            const parsed = await parseNovaFile({
              text: damaged.texts.get(manifest.file) ?? '',
              file: manifest.file,
              files: memoryFiles(damaged.texts, '/nowhere'),
              profile,
            });
            const issues = 'issues' in parsed ? parsed.issues : [];
            const places = issues.flatMap((issue) => [issue, ...(issue.related ?? [])]);
            expect(places.some((place) => isAt(place, damaged))).toBe(true);
          },
        ),
        { numRuns: runs(200) },
      );
    },
  );

  it.for([
    { text: 'project = 1', points: '1', reason: 'a value' },
    { text: 'project = "p"\nvm.a.cpu = "x"\nvm.a.image = "./i"', points: '"x"', reason: 'dotted keys' },
    {
      text: 'project = "p"\nvm = { a = { image = "./i", cpu = "x" } }',
      points: '"x"',
      reason: 'inline tables',
    },
    { text: 'project = "p"\n[[vm]]\ncpu = 1', points: 'vm', reason: 'an array of tables, by its name' },
    {
      text: 'project = "p"\n[volume.a]\nmode = """\n07\\\n  55x"""',
      points: '"""',
      reason: 'text of several lines, to the end of its first one',
    },
    {
      text: 'project = "p"\n[container.a]\ncapsule = "./r"\nenv.A = """\nx\n  ${var.b}"""',
      points: '${var.b}',
      reason: 'within text of several lines',
    },
    {
      text: 'project = "p"\n[[moved]]\nfrom = "volume.a"\nto = "volume.b"\n[[moved]]\nfrom = 3\nto = "volume.b"\n[volume.b]',
      points: '3',
      reason: 'in the second of an array of tables',
    },
    {
      text: 'project = "p"\n[vm.a]\nimage = "./i"\n"cp\\u0075" = "x"',
      points: '"x"',
      reason: 'below a key with an escape',
    },
  ])('points at $reason', async ({ text, points }) => {
    const parsed = await parseNovaFile({ text, file: '/f.toml' });
    const issue = 'issues' in parsed ? parsed.issues.find(({ code }) => code !== 'not-built') : undefined;
    const line = text.split('\n')[(issue?.at?.line ?? 0) - 1] ?? '';
    const end = issue?.until?.line === issue?.at?.line ? issue?.until?.column : undefined;
    expect(line.slice((issue?.at?.column ?? 0) - 1, end === undefined ? undefined : end - 1)).toBe(points);
  });
});

interface Damaged {
  readonly texts: Printed;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Puts a date in the place of one value of one file; undefined when there is none. */
function damageOne(texts: Printed, pick: number): Damaged | undefined {
  const values = [...texts].flatMap(([file, text]) => valuesIn(text).map((node) => ({ file, text, node })));
  const chosen = values[pick % values.length];
  if (chosen === undefined) return undefined;
  const { file, text, node } = chosen;
  const [start, end] = node.range;
  const damaged = text.slice(0, start) + damage + text.slice(end);
  const { line, column } = node.loc.start;
  return { texts: new Map([...texts, [file, damaged]]), file, line, column: column + 1 };
}

/** Every value that is no table, those in arrays too; but not what other values of the file depend on. */
function valuesIn(text: string): readonly AST.TOMLNode[] {
  const found: AST.TOMLNode[] = [];
  traverseNodes(parseTOML(text, { tomlVersion: '1.1' }), {
    enterNode: (node) => {
      if (node.type === 'TOMLValue' && !isInHead(node)) found.push(node);
    },
    leaveNode: () => undefined,
  });
  return found;
}

/** `include`, `moved` and `project`: what is damaged there hides what is below. */
function isInHead(node: AST.TOMLNode): boolean {
  for (let at: AST.TOMLNode | null = node; at !== null; at = at.parent ?? null) {
    if (at.type !== 'TOMLKeyValue') continue;
    const [first] = at.key.keys;
    const name = first?.type === 'TOMLBare' ? first.name : first?.value;
    if (at.parent?.type === 'TOMLTopLevelTable' && ['include', 'moved'].includes(name ?? '')) return true;
    // What stands in the place of a secret's name may be the secret: its table is pointed at as a whole.
    if (name === 'secret') return true;
  }
  return false;
}

function isAt({ at }: Pick<Issue | Related, 'at'>, { file, line, column }: Damaged): boolean {
  return at?.file === file && at.line === line && at.column === column;
}
