import { redact } from '../secrets/redact.ts';

/** Structured logs; the shape of pino's. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** JSON lines on standard output, by pino, which is loaded here and nowhere else. */
export async function structuredLog(): Promise<Log> {
  const { pino } = await import('pino');
  // Of the whole line, fields and all.
  const hooks = { streamWrite: redact };
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, hooks });
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

/** Lines for a person who is looking on: `12:30:05 lab container.web: …`. */
export function plainLog(output: { write(text: string): unknown }): Log {
  const line = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    const time = new Date().toISOString().slice(11, 19);
    const about = [fields['source'], fields['subject']].filter((word) => typeof word === 'string');
    output.write(`${[time, ...about].join(' ')}: ${message}\n`);
  };
  return { info: line, warn: line, error: line };
}
