/** A commit or a tag of git, with its signature taken out. */
export interface Signed {
  readonly signature: string | undefined;
  /** What was signed: the object without its signature. */
  readonly payload: string;
  /** s since the epoch; when it says that it was made. 0: it does not say. */
  readonly at: number;
}

/** Pure: a raw commit. The signature is a header whose further lines begin with a space (gitformat-signature(5)). */
export function splitCommit(raw: string): Signed {
  const end = raw.indexOf('\n\n');
  const [head, body] = end === -1 ? [raw, ''] : [raw.slice(0, end + 1), raw.slice(end + 1)];
  const header = /^gpgsig (.*\n(?: .*\n)*)/m.exec(head);
  if (header === null) return { signature: undefined, payload: raw, at: timeIn(head, 'committer') };
  const signature = header[1]?.replaceAll(/^ /gm, '');
  return { signature, payload: head.replace(header[0], '') + body, at: timeIn(head, 'committer') };
}

/** Pure: a raw annotated tag. The signature is the end of its message. */
export function splitTag(raw: string): Signed {
  const at = timeIn(raw, 'tagger');
  const begin = /^-----BEGIN (?:PGP|SSH) SIGNATURE-----$/m.exec(raw)?.index;
  if (begin === undefined) return { signature: undefined, payload: raw, at };
  return { signature: raw.slice(begin), payload: raw.slice(0, begin), at };
}

function timeIn(raw: string, who: string): number {
  return Number(new RegExp(`^${who} .* (\\d+) [+-]\\d{4}$`, 'm').exec(raw)?.[1] ?? 0);
}
