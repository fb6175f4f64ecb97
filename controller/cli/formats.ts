import type { Command } from './args.ts';
import { usage } from './positionals.ts';

/** Formats in which other tools take what is wrong with a NovaFile, a plan, or a host. */
const reportFormats = ['sarif', 'github', 'junit', 'markdown'] as const;
export type ReportFormat = (typeof reportFormats)[number];
export type Format = 'text' | 'json' | ReportFormat | 'dot' | 'mermaid';

/** What a command can be told to print; the first is the default. `--json` is short for `--format json`. */
export function formatsOf(command: Command): readonly [Format, ...Format[]] {
  if (command === 'graph') return ['dot', 'mermaid', 'json'];
  if (command === 'validate' || command === 'plan' || command === 'drift')
    return ['text', 'json', ...reportFormats];
  return ['text', 'json'];
}

/** @throws NovaError `usage` */
export function checkedFormat(command: Command, format: string | undefined, json: boolean): Format {
  const formats = formatsOf(command);
  const [usual] = formats;
  if (json && format !== undefined && format !== 'json')
    throw usage(`--json and --format ${format} are two formats`);
  const wanted = json ? 'json' : (format ?? usual);
  const known = formats.find((each) => each === wanted);
  if (known !== undefined) return known;
  throw usage(`\`nova ${command}\` has the formats ${formats.join(', ')}, not \`${wanted}\``);
}

export function reportFormat(format: string | undefined): ReportFormat | undefined {
  return reportFormats.find((each) => each === format);
}
