import { describe, expect, it } from 'vitest';

import { oncePer } from '../../reconcilers/oncePer.ts';

describe('oncePer', () => {
  it('works out once what many ask, and anew for what was read anew', () => {
    let times = 0;
    const length = oncePer((read: readonly string[]) => {
      times += 1;
      return read.length || undefined;
    });
    const [first, second] = [['a'], ['a']];
    expect([length(first), length(first), times]).toEqual([1, 1, 1]);
    expect([length(second), times]).toEqual([1, 2]);
  });

  it('does not work out again what came to nothing', () => {
    let times = 0;
    const nothing = oncePer((_: object) => {
      times += 1;
    });
    const read = {};
    nothing(read);
    nothing(read);
    expect(times).toBe(1);
  });
});
