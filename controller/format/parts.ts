import type { AST } from 'toml-eslint-parser';

/** Something with a place in the text. */
export interface Placed {
  readonly range: readonly [number, number];
}

/** A node between others, with the comment at the end of its line; or a comment that has lines of its own. */
export interface Part<Node extends Placed> {
  /** Undefined for a comment. */
  readonly node: Node | undefined;
  /** With its `#`; undefined where a node has none after it. */
  readonly comment: string | undefined;
  /** Whether a line begins, and whether an empty line is before it. */
  readonly newLine: boolean;
  readonly blankBefore: boolean;
}

/** The text of a NovaFile with its comments, in order. */
export interface Source {
  readonly text: string;
  readonly comments: readonly AST.Comment[];
  /** How its lines end. */
  readonly newline: string;
}

/**
 * What is between two offsets, in order: nodes, and the comments that are in none of them.
 * @param nodes in order of the text
 */
export function partsBetween<Node extends Placed>(
  source: Source,
  [start, end]: readonly [number, number],
  nodes: readonly Node[],
): readonly Part<Node>[] {
  const outside = commentsIn(source, start, end).filter(({ range: [at] }) => !isWithin(nodes, at));
  const all = [
    ...nodes.map((node) => ({ node, at: node.range, comment: undefined })),
    ...outside.map(commentAt),
  ];
  const parts: Part<Node>[] = [];
  let before = start;
  for (const { node, at, comment } of all.toSorted((a, b) => a.at[0] - b.at[0])) {
    const gap = source.text.slice(before, at[0]);
    before = at[1];
    const last = parts.at(-1);
    const newLine = gap.includes('\n');
    if (comment !== undefined && !newLine && last?.node !== undefined && last.comment === undefined)
      parts[parts.length - 1] = { ...last, comment };
    else parts.push({ node, comment, newLine, blankBefore: /\n[ \t]*\r?\n/.test(gap) });
  }
  return parts;
}

function commentAt({ range: at, value }: AST.Comment) {
  return { node: undefined, at, comment: `#${value}`.trimEnd() };
}

/** Those that begin from one offset up to another; found by halving, as a file may have many. */
function commentsIn({ comments }: Source, start: number, end: number): readonly AST.Comment[] {
  return comments.slice(firstFrom(comments, start), firstFrom(comments, end));
}

function isWithin(nodes: readonly Placed[], offset: number): boolean {
  const next = nodes.at(firstFrom(nodes, offset + 1) - 1);
  return next !== undefined && next.range[0] <= offset && offset < next.range[1];
}

function firstFrom(placed: readonly Placed[], offset: number): number {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle]?.range[0] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
