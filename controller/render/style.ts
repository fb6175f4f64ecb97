import { styleText } from 'node:util';

/** Colours that people know from plans; plain text where they are not wanted. */
export interface Style {
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

type Format = 'green' | 'red' | 'yellow' | 'bold' | 'dim';

export function createStyle(enabled: boolean): Style {
  const paint = (format: Format) => (text: string) =>
    enabled ? styleText(format, text, { validateStream: false }) : text;
  return {
    green: paint('green'),
    red: paint('red'),
    yellow: paint('yellow'),
    bold: paint('bold'),
    dim: paint('dim'),
  };
}

/** A terminal gets colours unless NO_COLOR (no-color.org) is set to anything but the empty string. */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
