import { isSensitiveName } from './environment.ts';

/** A key of a NovaFile with a text after it, or what was meant as one. */
const pair =
  /(["']?)([A-Za-z_][\w-]*)\1(\s*=\s*)("""[^]*|'''[^]*|"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,[\]{}#"']+)/g;

/** A line of a NovaFile to be shown: values whose names say that nobody may see them are stars, as many as they were. */
export function maskLine(line: string): string {
  return line.replaceAll(pair, (whole, quote: string, name: string, equals: string, value: string) => {
    if (!isSensitiveName(name) || /^secrets?$/.test(name)) return whole;
    // What it stands for is somewhere else.
    if (/^(["'])\$\{[\w.-]+\}\1$/.test(value)) return whole;
    return `${quote}${name}${quote}${equals}${value.replaceAll(/[^"']/g, '*')}`;
  });
}

/** As {@link maskLine}, where any text may be the value of a secret, but for what says where one is. */
export function maskTexts(line: string): string {
  return line.replaceAll(texts, (whole, where: string | undefined, place: number) => {
    const isKey = /^\s*=/.test(line.slice(place + whole.length));
    return where === undefined && !isKey ? whole.replaceAll(/[^"']/g, '*') : whole;
  });
}

const texts = /(\b(?:secret|env|path)\s*=\s*)?(?:"""[^]*|'''[^]*|"(?:[^"\\]|\\.)*"?|'[^']*'?)/g;
