import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { findUnbuilt } from '../../controller/unbuiltKeys.ts';
import { keysOf } from '../../schema/keys.ts';
import { declaredKinds } from '../../schema/kinds.ts';
import { kindReferenceOf, referenceOf } from '../../schema/reference.ts';
import { typeWords } from '../../schema/typeWords.ts';
import { formValues } from '../../schema/valueReference.ts';

const committed = fileURLToPath(new URL('../../schema/REFERENCE.md', import.meta.url));

describe('the reference', () => {
  it('is the one that is committed', async () => {
    const made = referenceOf(await findUnbuilt());
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(committed, made);
    expect(made).toBe(existsSync(committed) ? readFileSync(committed, 'utf8') : '');
  });

  it('says which keys are not built yet, as the reconcilers know it', async () => {
    const isUnbuilt = await findUnbuilt();
    expect(isUnbuilt('gpu', '')).toBe(false);
    expect(isUnbuilt('vm', 'tpm')).toBe(true);
    expect(isUnbuilt('vm', 'disks[].source')).toBe(true);
    expect(isUnbuilt('vm', 'memory')).toBe(false);
    expect(isUnbuilt('container', 'limits.memory')).toBe(false);
  });

  it('has a part for every kind, which can be had alone', async () => {
    const isUnbuilt = await findUnbuilt();
    const whole = referenceOf(isUnbuilt);
    for (const kind of declaredKinds) expect(whole).toContain(kindReferenceOf(kind, isUnbuilt).trim());
  });

  it('explains each value that it lists, and lists none that no key has', () => {
    const words = declaredKinds
      .flatMap((kind) => keysOf(kind).map(({ schema }) => typeWords(schema)))
      .join(' | ');
    for (const { name } of formValues) expect(words).toContain(name);
  });
});
