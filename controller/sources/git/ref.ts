import { maxSatisfying, valid, validRange } from 'semver';

import { NovaError } from '../../../schema/errors.ts';

/** What of a repository is followed. */
export type Ref =
  | { readonly kind: 'branch' | 'tag'; readonly name: string }
  /** `main`: a branch of that name, else a tag. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'semver'; readonly range: string }
  | { readonly kind: 'commit'; readonly oid: string };

/** One line of what a repository offers. */
export interface OfferedRef {
  /** `refs/heads/main` */
  readonly ref: string;
  readonly oid: string;
  /** The commit behind an annotated tag. */
  readonly peeled?: string | undefined;
}

/** What was chosen of it. */
export interface ChosenRef {
  /** `main`, `v1.2.3`; a commit that was asked for by its name has none. */
  readonly name: string;
  /** As it is asked for when it is fetched; undefined for a commit. */
  readonly ref: string | undefined;
  /** Of the commit. */
  readonly oid: string;
  /** Of the annotated tag, where there is one. */
  readonly tag: string | undefined;
}

/**
 * Pure: `main`, `branch:main`, `tag:v1`, `semver:>=1.2 <2`, or 40 hexadecimal digits.
 * @throws NovaError `usage`
 */
export function parseRef(text: string): Ref {
  if (/^[0-9a-f]{40}$/.test(text)) return { kind: 'commit', oid: text };
  const [, kind, rest] = /^(branch|tag|semver):(.+)$/s.exec(text) ?? [undefined, 'name', text];
  const hint = 'name a branch, `tag:NAME`, `semver:RANGE`, or the 40 digits of a commit';
  if (kind === 'semver') {
    if (validRange(rest) !== null) return { kind, range: rest };
    throw new NovaError('usage', `\`${rest}\` is no range of versions`, { hint });
  }
  if (!isRefName(rest))
    throw new NovaError('usage', `\`${rest}\` cannot be the name of a branch or tag`, { hint });
  return { kind: kind as 'branch' | 'tag' | 'name', name: rest };
}

/** The rules of git-check-ref-format(1), and none that looks like an option. */
function isRefName(name: string): boolean {
  // eslint-disable-next-line no-control-regex
  return !/^-|^\/|\/$|\/\/|\.\.|\.lock$|\.$|@\{|[\u0000- ~^:?*[\\\u007f]|(^|\/)\./.test(name) && name !== '';
}

/**
 * Pure: the one of what is offered that is followed.
 * @throws NovaError `source.missing`
 */
export function chooseRef(wanted: Ref, offered: readonly OfferedRef[]): ChosenRef {
  if (wanted.kind === 'commit')
    return { name: wanted.oid.slice(0, 12), ref: undefined, oid: wanted.oid, tag: undefined };
  const named = (ref: string): OfferedRef | undefined => offered.find((each) => each.ref === ref);
  if (wanted.kind === 'semver') {
    const versions = offered.flatMap(({ ref }) => /^refs\/tags\/(.+)$/.exec(ref)?.[1] ?? []);
    const best = maxSatisfying(
      versions.filter((version) => valid(version) !== null),
      wanted.range,
    );
    return chosen(best === null ? undefined : named(`refs/tags/${best}`), `a tag in ${wanted.range}`);
  }
  const { kind, name } = wanted;
  const branch = kind === 'tag' ? undefined : named(`refs/heads/${name}`);
  const tag = kind === 'branch' ? undefined : named(`refs/tags/${name}`);
  return chosen(branch ?? tag, kind === 'name' ? `a branch or tag ${name}` : `a ${kind} ${name}`);
}

function chosen(found: OfferedRef | undefined, what: string): ChosenRef {
  if (found === undefined) {
    throw new NovaError('source.missing', `the repository has not ${what}`, {
      hint: 'push it, or follow another one; what was applied last stays',
    });
  }
  const { ref, oid, peeled } = found;
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  return { name, ref, oid: peeled ?? oid, tag: peeled === undefined ? undefined : oid };
}

/** `main@c0ffee…`: what is followed with its commit. */
export function revisionOf({ name, oid }: Pick<ChosenRef, 'name' | 'oid'>): string {
  return `${name}@${oid}`;
}

export function parseRevision(revision: string): { readonly name: string; readonly oid: string } | undefined {
  const [, name, oid] = /^(.+)@([0-9a-f]{40})$/.exec(revision) ?? [];
  return name === undefined || oid === undefined ? undefined : { name, oid };
}
