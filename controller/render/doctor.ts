import type { Finding } from '../../reconcilers/host/examine.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

export const doctorFormatVersion = '1.0';

/** A table of what was looked for, then how to get what is missing. */
export function doctorText(findings: readonly Finding[], style: Style): string {
  const rows = findings.map((finding) => {
    const { capability, purpose, details } = finding;
    return [capability, stateOf(finding), purpose, oneLine(details)];
  });
  const missing = findings.filter(({ there, needed }) => needed && !there);
  const hints = missing.map(
    ({ capability, hint }) => `${style.red(capability)}: ${hint ?? 'no way to get it is known'}\n`,
  );
  return `${table(['CAPABILITY', 'STATE', 'FOR', 'DETAILS'], rows)}\n${hints.join('')}${ending(findings, missing)}\n`;
}

export function doctorJson(
  findings: readonly Finding[],
  packages: readonly string[],
): Record<string, unknown> {
  return {
    format_version: doctorFormatVersion,
    capabilities: findings.map((finding) => {
      const { capability, purpose, details, hint, packages: own } = finding;
      return {
        capability,
        state: stateOf(finding),
        for: purpose,
        details,
        hint: hint ?? null,
        packages: own,
      };
    }),
    packages,
  };
}

/** `without`: it is not there, and nothing fails for that. */
function stateOf({ there, needed }: Finding): 'there' | 'missing' | 'without' {
  if (there) return 'there';
  return needed ? 'missing' : 'without';
}

function ending(findings: readonly Finding[], missing: readonly Finding[]): string {
  if (missing.length === 0) return 'This machine has everything that Nova may need.';
  const count = `This machine lacks ${missing.length} of ${findings.length}.`;
  const some = missing.some(({ packages }) => packages.length > 0);
  return some ? `${count} \`nova doctor --install\` gets what packages bring.` : count;
}

/** Tools speak in several lines. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
