import { z } from 'zod';

/** What of a `config.json` nobody may see: it says so itself, so that it is known of one that is not declared any more. */
export interface SensitiveParts {
  readonly env: readonly string[];
  /** By path inside: a hash of the content, so that a change in one is a change of the configuration. */
  readonly files: Readonly<Record<string, string>>;
}

const annotation = 'io.nova.sensitive';

const shape = z.object({ env: z.array(z.string()), files: z.record(z.string(), z.string()) });

/** The annotation, to be put among others. */
export function writeSensitiveParts(parts: SensitiveParts): Record<string, string> {
  return { [annotation]: JSON.stringify(parts) };
}

/** Out of annotations, with the others. */
export function splitSensitiveParts(annotations: Readonly<Record<string, unknown>>): {
  readonly parts: SensitiveParts;
  readonly others: Readonly<Record<string, unknown>>;
} {
  const { [annotation]: written, ...others } = annotations;
  return { parts: parse(written), others };
}

/** Whether the text of a `config.json` holds something sensitive. */
export function holdsSensitive(config: string): boolean {
  return config.includes(`"${annotation}"`);
}

function parse(written: unknown): SensitiveParts {
  try {
    return shape.parse(JSON.parse(String(written)));
  } catch {
    return { env: [], files: {} };
  }
}
