import type { Finding } from './findings.ts';

/** Findings as workflow commands, which GitHub Actions shows at their lines in a pull request. */
export function githubAnnotations(findings: readonly Finding[]): string {
  return findings.map(annotation).join('');
}

function annotation({ rule, level, message, hint, at, until, related = [] }: Finding): string {
  const end =
    until === undefined
      ? {}
      : { endLine: until.line, ...(until.line === at?.line ? { endColumn: until.column } : {}) };
  const place = at === undefined ? {} : { file: at.file, line: at.line, ...end, col: at.column };
  const all: Readonly<Record<string, string | number>> = { ...place, title: rule };
  const properties = Object.entries(all).map(([key, value]) => `${key}=${property(String(value))}`);
  const others = related.flatMap(({ message: said, at: other, named }) =>
    named === true || other === undefined ? [] : [`${said}: ${other.file}:${other.line}:${other.column}`],
  );
  const lines = [message, ...others, ...(hint === undefined ? [] : [hint])];
  return `::${level === 'note' ? 'notice' : level} ${properties.join(',')}::${data(lines.join('\n'))}\n`;
}

/** As the runner reads it back: https://github.com/actions/toolkit, `command.ts`. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
