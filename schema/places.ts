import type { Composed } from './compose/compose.ts';
import type { Definition } from './compose/origin.ts';
import type { Issue, Related } from './errors.ts';
import { loadLocator, type Locate, type Located } from './locate.ts';
import { formatLocation, type Location } from './location.ts';
import type { Path, Problem } from './problem.ts';

type Where = Pick<Problem, 'file' | 'path' | 'on' | 'within'>;

/** Finds the places of a composed document in its files. Each file is read again only when something in it is asked for. */
export interface Places {
  readonly locate: (where: Where) => Located;
  readonly issues: (problems: readonly Problem[]) => readonly Issue[];
}

type Origins = Pick<Composed, 'sources' | 'originOf'>;

export async function findPlaces({ sources, originOf }: Origins): Promise<Places> {
  const read = await loadLocator();
  const byFile = new Map(sources.map((source) => [source.file, source]));
  const locators = new Map<string, Locate>();
  const locatorOf = (file: string): Locate => {
    const known = locators.get(file);
    if (known !== undefined) return known;
    const source = byFile.get(file) ?? sources[0];
    const made: Locate =
      source === undefined ? () => ({ at: { file, line: 1, column: 1 } }) : read(source.text, source.shownAs);
    locators.set(file, made);
    return made;
  };
  const origin = ({ file, path, within }: Where) =>
    file === undefined ? originOf(path, within) : { file, path, definitions: [] };
  const locate = (where: Where): Located => {
    const { file, path } = origin(where);
    return locatorOf(file)({ ...where, path });
  };
  const relate = ({ message, spot, on }: Definition): Related => {
    if (spot === undefined) return { message };
    return { message, ...locatorOf(spot.file)({ path: spot.path, ...(on === undefined ? {} : { on }) }) };
  };
  const issueFrom = (problem: Problem): Issue => {
    const { code, message, hint, on, veiled, elsewhere, elsewhereFile } = problem;
    const { file, path, definitions } = origin(problem);
    const { at, until } = locatorOf(file)({ ...problem, path });
    const other = elsewhere === undefined ? undefined : locate(placeOf(elsewhere, elsewhereFile));
    const related: readonly Related[] = [
      ...(other === undefined ? [] : [{ message: 'the other one', ...other, named: true }]),
      // What is wrong with a key, or with a table, is not about its value.
      ...(on === undefined || on === 'value' ? told(definitions, code).map(relate) : []),
    ];
    return {
      code,
      message: other === undefined ? message : `${message} at ${formatLocation(other.at)}`,
      ...(hint === undefined ? {} : { hint }),
      at,
      ...(until === undefined ? {} : { until }),
      ...(veiled ? { veiled } : {}),
      ...(related.length === 0 ? {} : { related }),
    };
  };
  return { locate, issues: (problems) => once(problems.map(issueFrom).toSorted(inOrder(sources))) };
}

/** Of what has no value nobody can say where it is from, only where it is looked for. */
function told(definitions: readonly Definition[], code: Issue['code']): readonly Definition[] {
  if (code !== 'variable.missing') return definitions;
  return definitions.flatMap((definition) => {
    if (definition.spot === undefined) return [];
    return [{ ...definition, message: definition.message.replace(/written here$/, 'looked for here') }];
  });
}

function placeOf(path: Path, file: string | undefined): Where {
  return { path, ...(file === undefined ? {} : { file }) };
}

/** One mistake in a default or in a table with `for_each` is found in each resource that it counts for, and told once. */
function once(issues: readonly Issue[]): readonly Issue[] {
  const told = new Set<string>();
  return issues.filter(({ code, message, at, related }) => {
    const places = related?.map(({ at: other }) => (other === undefined ? '' : formatLocation(other)));
    const withoutSubject = message.replace(/^(?:an? [a-z]+|[a-z]+\.[\w-]+)(?= )/, '');
    const key = JSON.stringify([code, at, places, withoutSubject]);
    if (told.has(key)) return false;
    told.add(key);
    return true;
  });
}

/** By file, as they were met, and by place. */
function inOrder(sources: Origins['sources']): (one: Issue, other: Issue) => number {
  const ranks = new Map(sources.map(({ shownAs }, index) => [shownAs, index]));
  const rank = ({ file = '' }: Partial<Location> = {}): number => ranks.get(file) ?? 0;
  return ({ at: a, message: one }, { at: b, message: other }) => {
    const apart = rank(a) - rank(b) || (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
    return apart === 0 ? (one < other ? -1 : Number(one > other)) : apart;
  };
}
