/**
 * What is worked out of something that was read, once for all who ask: each of a thousand networks wants its own part of
 * one list. What was read is never changed, so that what was worked out of it holds as long as it is there.
 */
export function oncePer<Read extends object, Result>(work: (read: Read) => Result): (read: Read) => Result {
  const known = new WeakMap<Read, { readonly result: Result }>();
  return (read) => {
    const there = known.get(read) ?? { result: work(read) };
    known.set(read, there);
    return there.result;
  };
}
