import type { Issue } from '../errors.ts';
import type { Files } from '../files.ts';
import { folderOf, resolvePath } from '../paths.ts';
import { quote, type Path, type Problem } from '../problem.ts';
import { readToml } from '../toml.ts';
import { describeValue } from '../words.ts';
import type { Source } from './source.ts';

/** The NovaFile first, then what it includes, in the order in which it is met. */
export interface SourcesRead {
  readonly sources: readonly Source[];
  /** Files that are no TOML. */
  readonly syntax: readonly Issue[];
  readonly problems: readonly Problem[];
  /** Texts by the path that is shown, also of files that are no TOML. */
  readonly texts: ReadonlyMap<string, string>;
}

/** More files than this are a pattern gone wrong. */
const mostFiles = 1000;

interface Written {
  readonly file: string;
  readonly shownAs: string;
  readonly text: string;
}

/** Reads the NovaFile's text and, through the port, all that it includes; each file once. */
export function readSources(root: Written, files: Files): SourcesRead {
  const sources: Source[] = [];
  const syntax: Issue[] = [];
  const problems: Problem[] = [];
  const texts = new Map<string, string>();
  const met = new Set<string>();

  const visit = (written: Written, way: readonly Written[]): void => {
    const { file, shownAs } = written;
    met.add(file);
    // Editors do not count a byte order mark.
    const text = written.text.replace(/^\ufeff/, '');
    texts.set(shownAs, text);
    const toml = readToml(text, shownAs);
    if ('issue' in toml) {
      syntax.push(toml.issue);
      return;
    }
    const { document } = toml;
    const source: Source = { file, shownAs, folder: folderOf(file), text, document };
    sources.push(source);
    for (const { pattern, path } of patternsOf(source, problems)) {
      const place = { file, path };
      const found = filesAt(pattern, source, files);
      if (found.length === 0) problems.push(nothingMatches(pattern, place));
      for (const each of found) include(each, place, [...way, written]);
    }
  };

  const include = (file: string, place: Place, way: readonly Written[]): void => {
    const back = way.findIndex((other) => other.file === file);
    if (back >= 0) problems.push(circle(way.slice(back), place));
    if (met.has(file)) return;
    if (met.size >= mostFiles) {
      if (met.size === mostFiles) problems.push(tooMany(place));
      met.add(file);
      return;
    }
    const read = files.read(file);
    if ('why' in read) {
      met.add(file);
      problems.push(unreadable(file, read.why, place));
    } else visit({ file, ...read }, way);
  };

  visit(root, []);
  return { sources, syntax, problems, texts };
}

type Place = Required<Pick<Problem, 'file' | 'path'>>;

function patternsOf({ file, document }: Source, problems: Problem[]) {
  const { include } = document;
  if (include === undefined) return [];
  if (!Array.isArray(include)) {
    problems.push(noList(include, { file, path: ['include'] }));
    return [];
  }
  return include.flatMap((pattern: unknown, index): { pattern: string; path: Path }[] => {
    const path = ['include', index];
    const wrong = wrongPattern(pattern);
    if (wrong !== undefined) problems.push({ ...wrong, file, path });
    return typeof pattern === 'string' && wrong === undefined ? [{ pattern, path }] : [];
  });
}

const example = 'for example include = ["net.toml", "hosts/*.toml"]';

function noList(value: unknown, place: Place): Problem {
  const message = `include must be an array of files, not ${describeValue(value)}`;
  const hint = typeof value === 'string' ? `write include = [${quote(value)}]` : example;
  return { code: 'schema.type', message, hint, ...place };
}

function wrongPattern(pattern: unknown): Pick<Problem, 'code' | 'message' | 'hint' | 'within'> | undefined {
  if (typeof pattern !== 'string') {
    const message = `include takes files, not ${describeValue(pattern)}`;
    return { code: 'schema.type', message, hint: example };
  }
  if (pattern === '' || pattern.includes('\0'))
    return { code: 'schema.value', message: 'this is no name of a file', hint: example };
  if (pattern.startsWith('~')) {
    const hint = 'write the whole path, or one from the folder of this file';
    return { code: 'schema.value', message: 'a file must not start with ~', hint };
  }
  const [within] = /\$\{[^}]*\}?/.exec(pattern) ?? [];
  if (within === undefined) return undefined;
  const message = 'files are included before variables have a value';
  return { code: 'schema.value', message, hint: 'write the name of the file itself', within };
}

/** A pattern never means the file that it stands in. */
function filesAt(pattern: string, { file, folder }: Source, files: Files): readonly string[] {
  const whole = resolvePath(folder, pattern);
  if (!/[*?[\]{}]/.test(pattern)) return [whole];
  return [...new Set(files.match(whole))].filter((found) => found !== file).toSorted();
}

function nothingMatches(pattern: string, place: Place): Problem {
  return {
    code: 'include.missing',
    message: `no file matches ${quote(pattern)}`,
    hint: 'it is looked for from the folder of this file; remove it, or add the file',
    ...place,
  };
}

function unreadable(file: string, why: string, place: Place): Problem {
  return {
    code: 'include.missing',
    message: `${file} cannot be included: ${why}`,
    hint: 'a path starts in the folder of this file; all files of a folder are "hosts/*.toml"',
    ...place,
  };
}

function circle(ring: readonly Written[], place: Place): Problem {
  const round = [...ring, ...ring.slice(0, 1)].map(({ shownAs }) => shownAs).join(' -> ');
  const message = ring.length === 1 ? 'this file includes itself' : `these include each other: ${round}`;
  return { code: 'include.cycle', message, hint: 'remove this file from include', ...place };
}

function tooMany(place: Place): Problem {
  const message = `more than ${mostFiles} files are included`;
  return { code: 'schema.value', message, hint: 'make the pattern narrower', ...place };
}
