import type { DriftItem } from '../plan/drift.ts';
import { show } from './planText.ts';
import type { Style } from './style.ts';

export const driftFormatVersion = '1.0';

/** What differs, an item per resource, and how many. */
export function driftText(items: readonly DriftItem[], style: Style): string {
  if (items.length === 0) return 'No drift: the host is as the NovaFile says.\n';
  const blocks = items.map((item) => {
    const cause =
      item.cause === undefined ? '' : `, by ${item.cause === 'host' ? 'the host' : 'the NovaFile'}`;
    return [
      `  ${style.yellow('~')} ${style.bold(item.address)} ${item.class}${cause}`,
      ...item.fields.map(
        ({ path, desired, actual }) =>
          `      ${path}: is ${show(actual, path)}, should be ${show(desired, path)}`,
      ),
      ...(item.fields.length > 0 ? [] : [...new Set(item.reasons)].map((reason) => `      ${reason}`)),
    ].join('\n');
  });
  const count = items.length === 1 ? '1 difference' : `${items.length} differences`;
  return `${[...blocks, `Drift: ${count}.`].join('\n\n')}\n`;
}

export function driftJson(project: string, items: readonly DriftItem[]): Record<string, unknown> {
  return {
    format_version: driftFormatVersion,
    project,
    drift: items.map((item) => ({
      address: item.address,
      class: item.class,
      cause: item.cause ?? null,
      fields: item.fields.map(({ path, desired, actual }) => ({
        path,
        desired: desired ?? null,
        actual: actual ?? null,
      })),
      reasons: item.reasons,
    })),
  };
}
