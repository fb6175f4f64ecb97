import type { Issue, NovaError, Related } from '../../schema/errors.ts';
import { renderIssue, type Texts } from '../../schema/diagnostic.ts';
import type { Style } from './style.ts';

/** Every issue with its line and a caret where the text is at hand, then how many there are. */
export function issuesText(issues: readonly Issue[], texts: Texts, style: Style): string {
  const blocks = issues.map((issue) => headed(style.red('error: '), issue, texts, style));
  const count = issues.length === 1 ? '1 problem.' : `${issues.length} problems.`;
  return `${[...blocks, count].join('\n\n')}\n`;
}

/** As {@link issuesText}, for what does not stop anything. */
export function warningsText(warnings: readonly Issue[], texts: Texts, style: Style): string {
  return warnings.map((issue) => `${headed(style.yellow('warning: '), issue, texts, style)}\n\n`).join('');
}

function headed(head: string, issue: Issue, texts: Texts, style: Style): string {
  const [first = '', ...rest] = renderIssue(issue, texts).trimEnd().split('\n');
  return [head + style.bold(first), ...rest].join('\n');
}

/**
 * An issue for programs: `file`, `line`, `column`, `end_line`, `end_column`, `code`, `message`, `hint`, `related`; null
 * for what it does not have.
 */
export function issueJson({ code, message, hint, related = [], ...place }: Issue): Record<string, unknown> {
  return { ...placeJson(place), code, message, hint: hint ?? null, related: related.map(relatedJson) };
}

function relatedJson({ message, named: _, ...place }: Related): Record<string, unknown> {
  return { ...placeJson(place), message };
}

function placeJson({ at, until }: Pick<Issue, 'at' | 'until'>): Record<string, unknown> {
  return {
    file: at?.file ?? null,
    line: at?.line ?? null,
    column: at?.column ?? null,
    end_line: until?.line ?? null,
    end_column: until?.column ?? null,
  };
}

export function issueOf({ code, message, hint, at }: NovaError): Issue {
  return { code, message, ...(hint === undefined ? {} : { hint }), ...(at === undefined ? {} : { at }) };
}
