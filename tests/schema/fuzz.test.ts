import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryManifest, arbitraryStyle } from '../../fixtures/arbitraries.ts';
import { memoryFiles } from '../../fixtures/memoryFiles.ts';
import { printComposed, profile } from '../../fixtures/printComposed.ts';
import { renderIssue } from '../../schema/diagnostic.ts';
import { parseNovaFile } from '../../schema/parse.ts';

/** 300 is what the language is held to. */
const seconds = Number(process.env['NOVA_FUZZ_SECONDS'] ?? 20);

describe('fuzzing', () => {
  it(
    'no bytes in any of its files crash or hang it, and each issue has a place in them',
    { timeout: (seconds + 120) * 1000 },
    async () => {
      const edit = fc.record({ at: fc.nat(), length: fc.nat(30), piece: arbitraryPiece });
      const picks = fc.array(fc.nat(29), { minLength: 7, maxLength: 40 });
      let tried = 0;
      await fc.assert(
        fc.asyncProperty(
          arbitraryManifest({ everything: true }),
          picks,
          arbitraryStyle,
          fc.array(edit, { minLength: 1, maxLength: 4 }),
          async (manifest, chosen, style, edits) => {
            tried += 1;
            const printed = [...printComposed(manifest, chosen, style)];
            for (const { at, length, piece } of edits) {
              const entry = printed[at % printed.length];
              if (entry !== undefined) entry[1] = spoilt(entry[1], at, length, piece);
            }
            const texts = new Map(printed);
            const parsed = await parseNovaFile({
              text: texts.get(manifest.file) ?? '',
              file: manifest.file,
              files: memoryFiles(texts, '/nowhere'),
              profile,
              env: { HOME: '/root' },
            });
            if (!('issues' in parsed)) return;
            expect(parsed.issues.length).toBeGreaterThan(0);
            for (const issue of parsed.issues) {
              expect(renderIssue(issue, parsed.texts)).toContain(issue.message);
              const lines = issue.at === undefined ? [] : (parsed.texts.get(issue.at.file) ?? '').split('\n');
              if (issue.at === undefined) continue;
              expect(issue.at.line).toBeLessThanOrEqual(lines.length);
              expect(issue.at.column).toBeLessThanOrEqual((lines[issue.at.line - 1]?.length ?? 0) + 1);
            }
          },
        ),
        { numRuns: 10_000_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false },
      );
      expect(tried).toBeGreaterThan(0);
      if (process.env['NOVA_FUZZ_SECONDS'] !== undefined) console.log(`${tried} NovaFiles tried`);
    },
  );
});

/** Pieces that mean something, and bytes as they come: what is no UTF-8 is refused where files are read. */
const arbitraryPiece = fc.oneof(
  fc.uint8Array({ maxLength: 12 }).map((bytes) => new TextDecoder().decode(bytes)),
  fc.constantFrom(
    ...[
      '"',
      "'",
      '"""',
      "'''",
      '[',
      ']',
      '[[',
      '{',
      '}',
      '=',
      '.',
      ',',
      '#',
      '\n',
      '\r',
      '\0',
      '\\',
      '\\u0024{',
    ],
    ...[
      '${',
      '$${',
      '${var.v0}',
      '${var.v1.x}',
      '${each.key}',
      '${env.HOME}',
      '${env.X:-}',
      '${container.a.ip}',
    ],
    ...[
      'for_each = ["a"]\n',
      'include = ["*.toml"]\n',
      'include = ["**/*"]\n',
      '[vars]\n',
      '[profile.prod]\n',
    ],
    ...[
      '[defaults.vm]\n',
      'v0 = "${var.v1}"\n',
      '__proto__',
      'constructor = 1\n',
      '0',
      '-',
      'nan',
      '1979-05-27',
    ],
  ),
);

function spoilt(text: string, at: number, length: number, piece: string): string {
  const start = at % (text.length + 1);
  return text.slice(0, start) + piece + text.slice(start + length);
}
