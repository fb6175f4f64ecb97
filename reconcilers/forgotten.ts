/** What stands in a file in place of the mark of something that Nova has given up. */
export const tombstone = 'nova:forgotten\n';

export function isTombstone(text: string | undefined): boolean {
  return text?.trim() === tombstone.trim();
}
