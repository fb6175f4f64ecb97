import { z } from 'zod';

import { type Automatic, readAuto } from './automatics.ts';
import { withImages } from './capsule.ts';
import { readDraft, type Draft, type DraftRead } from './draft.ts';
import type { Composed } from './compose/compose.ts';
import { checkCount, readLimits, type HostLimits } from './hostLimits.ts';
import { addressOf, declaredKinds, isKind, laterKinds } from './kinds.ts';
import type { Address, Kind } from './manifest.ts';
import { type MoveDraft, readMoved } from './moved.ts';
import { checkName } from './names.ts';
import { notTable } from './notTable.ts';
import { orList, quote, type Problem } from './problem.ts';
import type { SecretSources } from './secret.ts';
import { readSecretsTable } from './secretsTable.ts';
import { suggest } from './suggest.ts';
import { isTable, type RawTable } from './table.ts';
import { describeValue } from './words.ts';

/** A whole NovaFile, as far as it is right. */
export interface DocumentRead {
  /** Undefined when it is missing or wrong. */
  readonly project: string | undefined;
  readonly drafts: readonly Draft[];
  /** Every resource that is there, however wrong, and what they imply. */
  readonly declared: readonly Address[];
  readonly moves: readonly MoveDraft[];
  /** Undefined: nothing is said of them. */
  readonly secrets: SecretSources | undefined;
  readonly limits: HostLimits | undefined;
  readonly auto: readonly Automatic[] | undefined;
  readonly problems: readonly Problem[];
}

type Given = Pick<Composed, 'document' | 'folderAt' | 'folderOf' | 'filledIn' | 'groups'>;

/** Reads what all files say together: `project` and the tables of each kind. */
export function readDocument(given: Given): DocumentRead {
  const { document, groups } = given;
  const { project, problems: wrongProject } = readProject(document);
  const unknown = Object.keys(document).flatMap((key) =>
    topKeys.includes(key) || isKind(key) ? [] : [unknownTable(key)],
  );
  const reads = declaredKinds.flatMap((kind) => readKind(kind, document[kind], given));
  const { moves, problems: wrongMoves } = readMoved(document['moved']);
  const { secrets, problems: wrongSecrets } = readSecretsTable(document['secrets'], (...keys) =>
    given.folderOf(['secrets', ...keys]),
  );
  const { limits, problems: wrongLimits } = readLimits(document['limits']);
  const { auto, problems: wrongAuto } = readAuto(document['auto']);
  const declared = declaredKinds.flatMap((kind) =>
    namesIn(document[kind]).map((name) => addressOf(kind, name)),
  );
  const drafts = withImages(
    reads.flatMap(({ draft }) => (draft === undefined ? [] : [draft])),
    new Set(declared),
  );
  const implied = drafts.flatMap(({ address, impliedBy }) => (impliedBy === undefined ? [] : [address]));
  return {
    project,
    drafts,
    declared: [...declared, ...implied, ...groups.keys()],
    moves,
    secrets,
    limits,
    auto,
    problems: [
      ...wrongProject,
      ...unknown,
      ...wrongMoves,
      ...wrongLimits,
      ...wrongAuto,
      ...checkCount(drafts, limits),
      ...wrongSecrets,
      ...reads.flatMap(({ problems }) => problems),
    ],
  };
}

/** Keys at the top that are no kinds. */
const topKeys: readonly string[] = ['project', 'auto', 'moved', 'secrets', 'limits'];

const Project = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);

function readProject({ project }: RawTable): Pick<DocumentRead, 'project' | 'problems'> {
  const read = Project.safeParse(project);
  if (read.success) return { project: read.data, problems: [] };
  const hint = 'for example project = "lab": lower-case letters, digits and -, a letter first, at most 40';
  return { project: undefined, problems: [wrongProject(project, hint)] };
}

function wrongProject(project: unknown, hint: string): Problem {
  if (project === undefined) {
    return {
      code: 'schema.missing',
      message: 'the NovaFile needs project, its name',
      hint,
      path: [],
      on: 'table',
    };
  }
  if (typeof project === 'string') {
    return {
      code: 'schema.name',
      message: `${quote(project)} is no name for a project`,
      hint,
      path: ['project'],
    };
  }
  const message = `project must be a string, not ${describeValue(project)}`;
  return { code: 'schema.type', message, hint, path: ['project'] };
}

function unknownTable(key: string): Problem {
  if (laterKinds.includes(key)) {
    const message = `resources of kind ${key} are not built yet`;
    const hint = `remove it; this version knows ${orList(declaredKinds).replace(' or ', ' and ')}`;
    return { code: 'not-built', message, hint, path: [key], on: 'key' };
  }
  const known = [...topKeys, 'include', 'vars', 'defaults', 'profile', ...declaredKinds];
  const meant = suggest(key, known);
  return {
    code: 'schema.unknown-key',
    message: `a NovaFile has no key ${quote(key)}`,
    hint: meant === undefined ? `its keys are ${known.join(', ')}` : `did you mean ${meant}?`,
    path: [key],
    on: 'key',
  };
}

function readKind(kind: Kind, tables: unknown, { folderAt, filledIn }: Given): readonly DraftRead[] {
  if (!isTable(tables)) return [];
  return Object.entries(tables).map(([name, raw]) => {
    const naming = checkName(kind, name);
    if (!isTable(raw)) {
      const wrong = notTable(`${kind}.${name}`, [kind, name], raw, `[${kind}.${name}]`);
      return { draft: undefined, problems: [...naming, wrong] };
    }
    const address = addressOf(kind, name);
    const { draft, problems } = readDraft(kind, name, raw, {
      folderAt: folderAt(address),
      filledIn: filledIn(address),
    });
    return { draft, problems: [...naming, ...problems] };
  });
}

function namesIn(tables: unknown): readonly string[] {
  return isTable(tables) ? Object.keys(tables) : [];
}
