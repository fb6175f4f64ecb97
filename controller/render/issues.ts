import { formatIssue, type Issue, type NovaError } from '../../schema/errors.ts';
import { renderIssue } from '../../schema/diagnostic.ts';
import type { Style } from './style.ts';

/** Every issue with its line and a caret where the text is at hand, then how many there are. */
export function issuesText(issues: readonly Issue[], sourceText: string | undefined, style: Style): string {
  const blocks = issues.map((issue) => headed(style.red('error: '), issue, sourceText, style));
  const count = issues.length === 1 ? '1 problem.' : `${issues.length} problems.`;
  return `${[...blocks, count].join('\n\n')}\n`;
}

/** As {@link issuesText}, for what does not stop anything. */
export function warningsText(warnings: readonly Issue[], sourceText: string, style: Style): string {
  return warnings
    .map((issue) => `${headed(style.yellow('warning: '), issue, sourceText, style)}\n\n`)
    .join('');
}

function headed(head: string, issue: Issue, sourceText: string | undefined, style: Style): string {
  const [first = '', ...rest] = blockOf(issue, sourceText).split('\n');
  return [head + style.bold(first), ...rest].join('\n');
}

function blockOf(issue: Issue, sourceText: string | undefined): string {
  if (issue.at !== undefined && sourceText !== undefined) return renderIssue(issue, sourceText).trimEnd();
  return `${formatIssue(issue)} [${issue.code}]${issue.hint === undefined ? '' : `\n  hint: ${issue.hint}`}`;
}

/** An issue for programs: `file`, `line`, `column`, `code`, `message`, `hint`; null for what it does not have. */
export function issueJson({ code, message, hint, at }: Issue): Record<string, unknown> {
  return {
    file: at?.file ?? null,
    line: at?.line ?? null,
    column: at?.column ?? null,
    code,
    message,
    hint: hint ?? null,
  };
}

export function issueOf({ code, message, hint, at }: NovaError): Issue {
  return { code, message, ...(hint === undefined ? {} : { hint }), ...(at === undefined ? {} : { at }) };
}
