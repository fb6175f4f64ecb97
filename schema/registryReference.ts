/**
 * An image in a registry as Docker's short names are read: `ubuntu` is `docker.io/library/ubuntu:latest`. Undefined when
 * the text is no reference (the distribution project's grammar: `[host[:port]/]name[/name…][:tag][@digest]`). A digest says
 * it all, so that a tag beside it is left out.
 */
export function canonicalReference(text: string): string | undefined {
  const match = text.length > longest ? null : grammar.exec(text);
  if (match === null) return undefined;
  const [, name = '', tag, digest] = match;
  const [first = '', ...rest] = name.split('/');
  const hasHost = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const host = hasHost && first !== 'index.docker.io' ? first : hub;
  const path = hasHost ? rest.join('/') : name;
  const repository = host === hub && !path.includes('/') ? `${hub}/library/${path}` : `${host}/${path}`;
  return `${repository}${digest === undefined ? `:${tag ?? 'latest'}` : `@${digest}`}`;
}

/** As people write a canonical reference: `ubuntu:22.04`, and whole where it is of another registry. */
export function shortReference(canonical: string): string {
  const short = canonical.replace(/^docker\.io\/(?:library\/(?=[^/]+$))?/, '');
  return canonicalReference(short) === canonical ? short : canonical;
}

/** The digest that a canonical reference is pinned to: 64 hexadecimal digits. */
export function pinnedDigest(canonical: string): string | undefined {
  return /@sha256:([0-9a-f]{64})$/.exec(canonical)?.[1];
}

/** The same repository, at a digest of 64 hexadecimal digits. */
export function pinnedTo(canonical: string, digest: string): string {
  return `${canonical.replace(/(?:@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]*)$/, '')}@sha256:${digest}`;
}

const hub = 'docker.io';

/** Characters. It becomes the name of a folder, with up to two more for some of them. */
const longest = 200;

const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const host = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?';
const grammar = new RegExp(
  `^((?:${host}/)?${part}(?:/${part})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);
