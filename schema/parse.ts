import { checkDocument, type Checked } from './checks.ts';
import { compose, type Composed } from './compose/compose.ts';
import { readSources } from './compose/sources.ts';
import type { Texts } from './diagnostic.ts';
import { readDocument } from './document.ts';
import type { Draft } from './draft.ts';
import type { Issue } from './errors.ts';
import { noFiles, type Choices, type Files } from './files.ts';
import { scanHeaders } from './headers.ts';
import type { Location } from './location.ts';
import type { Manifest, Resource } from './manifest.ts';
import { doubtsAboutMoves } from './moved.ts';
import { findPlaces, type Places } from './places.ts';
import { pointingIn, type Pointing, tableOf } from './pointing.ts';
import type { Path, Problem } from './problem.ts';
import { warningsFor } from './warnings.ts';

/** A manifest, or everything that is wrong, in the order of the files. Warnings are for both. */
export type ParsedNovaFile = {
  readonly warnings: readonly Issue[];
  /** All files that were read. */
  readonly texts: Texts;
} & (Read | { readonly issues: readonly Issue[] });

interface Read {
  readonly manifest: Manifest;
  /** For whoever finds out more about it. */
  readonly pointing: Pointing;
}

export interface NovaFileInput extends Choices {
  readonly text: string;
  /** Absolute path: relative paths in the file start in its folder. */
  readonly file: string;
  /** The path to print in locations, as the user typed it. Default: `file`. */
  readonly shownAs?: string;
  /** For what it includes. Default: there are no other files. */
  readonly files?: Files;
  /** What whoever reads it has to say of a resource that is right, as warnings. Default: nothing. */
  readonly doubts?: (draft: Draft) => readonly Problem[];
}

/**
 * Reads the text of a NovaFile and what it includes. Nothing is thrown for any text: what is no TOML (`toml.syntax`) and
 * what cannot be included hides all else; all other mistakes are reported together.
 */
export async function parseNovaFile(input: NovaFileInput): Promise<ParsedNovaFile> {
  const { text, file, shownAs = file, files = noFiles } = input;
  const { sources, syntax, problems, texts } = readSources({ text, file, shownAs }, files);
  const [root, ...included] = sources;
  if (root === undefined || syntax.length + problems.length > 0) {
    const places = problems.length === 0 ? undefined : await findPlaces({ sources, originOf: noOrigin });
    return { issues: [...syntax, ...(places?.issues(problems) ?? [])], warnings: [], texts };
  }
  const composed = compose([root, ...included], input, files);
  const allTexts = new Map([
    ...texts,
    ...composed.sources.map((source) => [source.shownAs, source.text] as const),
  ]);
  return { ...(await manifestFrom(composed, root.file, input.doubts)), texts: allTexts };
}

function noOrigin(path: Path) {
  return { file: '', path, definitions: [] };
}

async function manifestFrom(
  composed: Composed,
  file: string,
  doubtsAbout: (draft: Draft) => readonly Problem[] = () => [],
): Promise<{ readonly warnings: readonly Issue[] } & (Read | { readonly issues: readonly Issue[] })> {
  // Without the profile or the values that were meant, much would seem wrong.
  if (composed.issues.length > 0) return { issues: composed.issues, warnings: [] };
  const read = readDocument(composed);
  const checked = checkDocument(read, composed.groups);
  const isNews = newsAfter(composed.failed);
  const problems = [...composed.problems, ...[...read.problems, ...checked.problems].filter(isNews)];
  // What a table with `for_each` makes, and not the table.
  const single = new Set(read.declared.filter((address) => !composed.groups.has(address)));
  const doubts = [
    ...warningsFor(read.drafts),
    ...read.drafts.flatMap(doubtsAbout),
    ...doubtsAboutMoves(read.moves, single),
  ].filter(isNews);
  const headers = new Map(
    composed.sources.map((source) => [source.file, scanHeaders(source.text, source.shownAs)]),
  );
  const plainPlace = (draft: Draft): Location | undefined => {
    const { file: at, path } = composed.originOf(tableOf(draft));
    return path.length === 2 ? headers.get(at)?.get(path.join('.')) : undefined;
  };
  const plain = read.drafts.map(plainPlace);
  const exact =
    problems.length + doubts.length + read.moves.length > 0 || plain.includes(undefined)
      ? await findPlaces(composed)
      : undefined;
  const warnings = exact?.issues(doubts) ?? [];
  if (read.project === undefined || problems.length > 0)
    return { issues: exact?.issues(problems) ?? [], warnings };
  const resources = read.drafts.map((draft, index) =>
    resourceFrom(draft, checked, composed, plain[index], exact),
  );
  resources.sort((a, b) => (a.address < b.address ? -1 : 1));
  const moved = read.moves.flatMap(({ from, to, path }) => {
    return exact === undefined ? [] : [{ from, to, at: exact.locate({ path }).at }];
  });
  const manifest = {
    project: read.project,
    file,
    resources,
    ...(read.secrets === undefined ? {} : { secrets: read.secrets }),
    ...(moved.length === 0 ? {} : { moved }),
    ...(read.limits === undefined ? {} : { limits: read.limits }),
    ...(read.auto === undefined ? {} : { auto: read.auto }),
  };
  return { manifest, warnings, pointing: pointingIn(composed, read.drafts) };
}

/** A file whose tables all have a plain header is not read a second time. */
function resourceFrom(
  draft: Draft,
  { dependsOn }: Checked,
  { instanceOf }: Composed,
  plain: Location | undefined,
  exact: Places | undefined,
): Resource {
  const { kind, name, address, spec, policy } = draft;
  const at = plain ?? exact?.locate({ path: tableOf(draft), on: 'table' }).at ?? nowhere;
  const instance = instanceOf(address);
  return {
    address,
    kind,
    name,
    spec,
    at,
    dependsOn: dependsOn.get(address) ?? [],
    ...(policy === undefined ? {} : { policy }),
    ...(instance === undefined ? {} : { each: instance }),
  };
}

const nowhere: Location = { file: '', line: 1, column: 1 };

/** What follows from a value that could not be had is left out. */
function newsAfter(failed: readonly Path[]): (problem: Problem) => boolean {
  if (failed.length === 0) return () => true;
  const keys = new Set(failed.map((path) => JSON.stringify(path)));
  return ({ path, file }) =>
    file !== undefined || !path.some((_, index) => keys.has(JSON.stringify(path.slice(0, index + 1))));
}
