import type { AST } from 'toml-eslint-parser';

import { inKeyOrder, type Keyed } from './keyOrder.ts';
import type { Part } from './parts.ts';

type KeyValuePart = Part<AST.TOMLKeyValue>;

/** A key with its value, the comments right above it, and the one at the end of its line. */
export interface Entry extends Keyed {
  readonly node: AST.TOMLKeyValue;
  readonly above: readonly string[];
  readonly comment: string | undefined;
}

/** Lines without an empty one between, the keys in order. */
export interface Paragraph {
  readonly entries: readonly Entry[];
  /** Comments below the last key. */
  readonly below: readonly string[];
}

/** Keys are put in order between empty lines, not across them: who sets keys apart means it. */
export function paragraphsOf(parts: readonly KeyValuePart[], path: readonly string[]): readonly Paragraph[] {
  const paragraphs: KeyValuePart[][] = [];
  for (const part of parts) {
    const current = paragraphs.at(-1);
    if (current === undefined || part.blankBefore) paragraphs.push([part]);
    else current.push(part);
  }
  return paragraphs.map((paragraph) => paragraphFrom(paragraph, path));
}

function paragraphFrom(parts: readonly KeyValuePart[], path: readonly string[]): Paragraph {
  const entries: Entry[] = [];
  let above: string[] = [];
  for (const { node, comment } of parts) {
    if (node === undefined) {
      if (comment !== undefined) above.push(comment);
      continue;
    }
    entries.push({ node, key: keyNames(node.key), above, comment });
    above = [];
  }
  return { entries: inKeyOrder(entries, path), below: above };
}

/** Without quotes. */
export function keyNames({ keys }: AST.TOMLKey): readonly string[] {
  return keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));
}
