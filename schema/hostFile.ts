import { meaning, text } from './values.ts';

/** A path of the host's. Whether something is there is seen when planning. `example` is one for the hint. */
export function hostFile(example: string) {
  return meaning(
    text,
    (value, refuse) => {
      if (value === '') return refuse('must name a file', `for example ${JSON.stringify(example)}`);
      if (!value.startsWith('~')) return value;
      const hint = `write the whole path, or one from the NovaFile: ${JSON.stringify(example)}`;
      return refuse('must not start with ~', hint);
    },
    { name: 'path', pattern: '^[^~]' },
  );
}
