import { randomBytes } from 'node:crypto';

/** Values of secrets, one for each way in, and everything that must be found of none of them where they have no business. */
export function makeCanaries() {
  const one = (name: string): string => `canary-${name}-${randomBytes(8).toString('hex')}`;
  const values = {
    /** Of the file that age encrypts. */
    file: one('of-the-file'),
    /** Of a file of its own. */
    path: `${one('of-a-path')}\nwith "quotes" and a second line ${one('below')}`,
    /** Of Nova's environment. */
    env: one('of-the-environment'),
    /** That stands in the NovaFile, under a name that tells. */
    written: one('that-is-written'),
    /** Of a machine, by its firmware tables. */
    machine: one('of-a-machine'),
  };
  // The end of each is enough to know it by: what quotes texts cuts them off.
  const pieces = Object.values(values).flatMap((value) => [
    ...value.split('\n').map((line) => line.slice(-12)),
    Buffer.from(value).toString('base64').slice(0, 40),
    encodeURIComponent(value).slice(-12),
  ]);
  return {
    ...values,
    leaksIn: (text: string | Buffer): readonly string[] =>
      [...new Set(pieces)].filter((piece) => text.includes(piece)),
  };
}
