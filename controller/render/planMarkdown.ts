import { formatLocation } from '../../schema/location.ts';
import type { DriftItem } from '../plan/drift.ts';
import { type Action, type Plan, type PlannedResource, problemsOf } from '../plan/plan.ts';
import type { Finding } from './findings.ts';
import { code, fenced, folded, pageText, type Section } from './markdown.ts';
import { headingOf, rows, show, summaryLine, symbol } from './planText.ts';
import { createStyle } from './style.ts';

const plain = createStyle(false);

/** A plan as a comment of a pull request: the summary, what is wrong, a line for each resource, then the details. */
export function planMarkdown(plan: Plan, more: readonly Finding[] = []): string {
  const changing = plan.resources.filter(({ steps }) => steps.length > 0);
  const nothing = changing.length === 0 && problemsOf(plan).length === 0;
  const said = nothing ? 'Nothing to do: the host is as the NovaFile says.' : summaryLine(plan, plain);
  const hash = `Plan ${code(plan.hash)}`;
  return pageText({
    head: `### Nova plan of ${code(plan.project)}\n\n**${said}**\n\n<sub>${hash}</sub>\n`,
    sections: [
      problemSection(more),
      {
        head: '\n| | resource | what happens |\n|---|---|---|\n',
        pieces: changing.map(row),
        share: 24_000,
        called: (count) => `${count} of ${changing.length} rows (${countsOf(changing)} in all)`,
      },
      {
        head: '',
        pieces: changing.flatMap((resource) => details(resource)),
        share: Number.POSITIVE_INFINITY,
        called: (count) => `the details of ${count} ${count === 1 ? 'resource' : 'resources'}`,
      },
    ],
    elsewhere: '`nova plan` shows all of it.',
  });
}

/** What differs as a comment, in the same order. */
export function driftMarkdown(
  project: string,
  items: readonly DriftItem[],
  more: readonly Finding[] = [],
): string {
  const count = items.length === 1 ? '1 difference' : `${items.length} differences`;
  const said = items.length === 0 ? 'No drift: the host is as the NovaFile says.' : `Drift: ${count}.`;
  const fields = items.filter((item) => item.fields.length + item.reasons.length > 0);
  return pageText({
    head: `### Nova drift of ${code(project)}\n\n**${said}**\n`,
    sections: [
      problemSection(more),
      {
        head: '\n| resource | how it differs | by |\n|---|---|---|\n',
        pieces: items.map(
          ({ address, class: kind, cause }) =>
            `| ${code(address)} | ${kind} | ${cause === undefined ? '' : { host: 'the host', config: 'the NovaFile' }[cause]} |\n`,
        ),
        share: 24_000,
        called: (missing) => `${missing} of ${items.length} rows`,
      },
      {
        head: '',
        pieces: fields.map((item) => folded(item.address, fenced(driftLines(item)))),
        share: Number.POSITIVE_INFINITY,
        called: (missing) => `the details of ${missing} ${missing === 1 ? 'resource' : 'resources'}`,
      },
    ],
    elsewhere: '`nova drift` shows all of it.',
  });
}

/** What is wrong with a NovaFile as a comment. */
export function findingsMarkdown(findings: readonly Finding[]): string {
  const errors = findings.filter(({ level }) => level === 'error').length;
  const said =
    errors === 0 ? 'The NovaFile is valid.' : `${errors} ${errors === 1 ? 'problem' : 'problems'}.`;
  const section = { ...problemSection(findings), share: Number.POSITIVE_INFINITY };
  return pageText({
    head: `### Nova\n\n**${said}**\n`,
    sections: [section],
    elsewhere: '`nova validate` shows all of it.',
  });
}

function problemSection(findings: readonly Finding[]): Section {
  return {
    head: '\n',
    pieces: findings.map(({ rule, level, message, hint, at }) => {
      const place = at === undefined ? '' : ` ${code(formatLocation(at))}`;
      const next = hint === undefined ? '' : `<br>${code(hint)}`;
      return `- **${level}**${place} ${code(message)} (${code(rule)})${next}\n`;
    }),
    share: 16_000,
    called: (count) => `${count} of ${findings.length} problems`,
  };
}

function details(resource: PlannedResource): readonly string[] {
  const lines = rows(resource, plain);
  return lines.length === 0 ? [] : [folded(resource.address, fenced(asDiff(lines)))];
}

function row(resource: PlannedResource): string {
  const { address, action } = resource;
  return `| ${code(symbol(action, plain).trim())} | ${code(address)} | ${headingOf(resource)} |\n`;
}

/** `1200 to create, 300 to delete` */
function countsOf(resources: readonly PlannedResource[]): string {
  const byAction = Map.groupBy(resources, ({ action }): Action => action);
  return [...byAction].map(([action, of]) => `${of.length} ${action}`).join(', ');
}

/** The sign comes first, so that it is coloured. */
function asDiff(lines: readonly string[]): string {
  const signs: Readonly<Record<string, string>> = { '~': '!' };
  return lines
    .map((line) => line.replace(/^ *([+~-]) /, (_, sign: string) => `${signs[sign] ?? sign} `))
    .join('\n');
}

function driftLines({ fields, reasons }: DriftItem): string {
  if (fields.length === 0) return [...new Set(reasons)].join('\n');
  return fields
    .flatMap(({ path, desired, actual }) => [
      `- ${path} = ${show(actual, path)}`,
      `+ ${path} = ${show(desired, path)}`,
    ])
    .join('\n');
}
