import { checkDocument, type Checked } from './checks.ts';
import { readDocument } from './document.ts';
import type { Draft } from './draft.ts';
import type { Issue } from './errors.ts';
import { scanHeaders } from './headers.ts';
import { locator, type Locate } from './locate.ts';
import { formatLocation, type Location } from './location.ts';
import type { Manifest, Resource } from './manifest.ts';
import { doubtsAboutMoves } from './moved.ts';
import { folderOf } from './paths.ts';
import type { Problem } from './problem.ts';
import { readToml } from './toml.ts';
import { warningsFor } from './warnings.ts';

/** A manifest, or everything that is wrong, in the order of the file. Warnings are for both. */
export type ParsedNovaFile =
  | { readonly manifest: Manifest; readonly warnings: readonly Issue[] }
  | { readonly issues: readonly Issue[]; readonly warnings: readonly Issue[] };

/**
 * Reads the text of a NovaFile. `file` is its absolute path: relative paths in it start in its folder. `shownAs` is the
 * path to print in locations, as the user typed it; default: `file`. Nothing is thrown for any text: a syntax error is
 * one issue (`toml.syntax`); all other mistakes are reported together.
 */
export async function parseNovaFile(input: {
  readonly text: string;
  readonly file: string;
  readonly shownAs?: string;
}): Promise<ParsedNovaFile> {
  const { file, shownAs = file } = input;
  // Editors do not count a byte order mark.
  const text = input.text.replace(/^\ufeff/, '');
  const toml = readToml(text, shownAs);
  if ('issue' in toml) return { issues: [toml.issue], warnings: [] };
  const read = readDocument(toml.document, folderOf(file));
  const checked = checkDocument(read);
  const problems = [...read.problems, ...checked.problems];
  const doubts = [...warningsFor(read.drafts), ...doubtsAboutMoves(read.moves, new Set(read.declared))];
  const headers = scanHeaders(text, shownAs);
  const plain = read.drafts.every(({ address, impliedBy }) => headers.has(impliedBy ?? address));
  const locate = once(() => locator(text, shownAs));
  const warnings = doubts.length === 0 ? [] : issuesFrom(doubts, await locate());
  if (read.project === undefined || problems.length > 0)
    return { issues: issuesFrom(problems, await locate()), warnings };
  const exact = plain ? undefined : await locate();
  const resources = read.drafts.map((draft) => resourceFrom(draft, checked, headers, exact));
  resources.sort((a, b) => (a.address < b.address ? -1 : 1));
  const said = read.secrets === undefined ? {} : { secrets: read.secrets };
  const manifest = { project: read.project, file, resources, ...said };
  if (read.moves.length === 0) return { manifest, warnings };
  const places = await locate();
  const moved = read.moves.map(({ from, to, path }) => ({ from, to, at: places({ path }) }));
  return { manifest: { ...manifest, moved }, warnings };
}

/** A file whose tables all have a plain header is not read a second time. */
function resourceFrom(
  { kind, name, address, spec, policy, impliedBy }: Draft,
  { dependsOn }: Checked,
  headers: ReadonlyMap<string, Location>,
  exact: Locate | undefined,
): Resource {
  const table = impliedBy?.split(/\.(.*)/s).slice(0, 2) ?? [kind, name];
  const at = exact?.({ path: table, on: 'table' }) ?? headers.get(impliedBy ?? address);
  return {
    address,
    kind,
    name,
    spec,
    at: at ?? nowhere,
    dependsOn: dependsOn.get(address) ?? [],
    ...(policy === undefined ? {} : { policy }),
  };
}

const nowhere: Location = { file: '', line: 1, column: 1 };

function issuesFrom(problems: readonly Problem[], locate: Locate): readonly Issue[] {
  return problems.map((problem) => issueFrom(problem, locate)).toSorted(inOrder);
}

function issueFrom({ code, message, hint, path, on, within, elsewhere }: Problem, locate: Locate): Issue {
  const also = elsewhere === undefined ? '' : ` at ${formatLocation(locate({ path: elsewhere }))}`;
  const at = locate({
    path,
    ...(on === undefined ? {} : { on }),
    ...(within === undefined ? {} : { within }),
  });
  return { code, message: `${message}${also}`, ...(hint === undefined ? {} : { hint }), at };
}

function inOrder({ at: a, message: one }: Issue, { at: b, message: other }: Issue): number {
  const apart = (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
  return apart === 0 ? (one < other ? -1 : Number(one > other)) : apart;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
