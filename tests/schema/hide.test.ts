import { describe, expect, it } from 'vitest';

import { githubAnnotations } from '../../controller/render/github.ts';
import { junitXml } from '../../controller/render/junit.ts';
import { hide, spellingsOf } from '../../schema/hide.ts';

const canary = 'a canary & its <"cage">,\n100% gold\twith \u00e9 canary';

describe('hide', () => {
  const finding = {
    level: 'error',
    rule: 'internal',
    message: canary,
    hint: undefined,
    at: undefined,
    until: undefined,
    subject: undefined,
  } as unknown as Parameters<typeof githubAnnotations>[0][number];
  it.each([
    ['as it is', canary],
    ['one of its lines', '100% gold\twith \u00e9 canary'],
    ['JSON', JSON.stringify({ said: canary })],
    ['JUnit', junitXml('x', [finding])],
    ['annotations', githubAnnotations([finding])],
    ['an address', `http://x/?q=${encodeURIComponent(canary)}`],
    ['base64', Buffer.from(canary).toString('base64')],
  ])('takes a value out of %s', (_, text) => {
    const seen = hide(text, spellingsOf(canary));
    expect(seen).toContain('(sensitive)');
    expect(seen).not.toMatch(/canary|gold|cage|Y2FuYXJ5/);
  });

  it('takes the longer one first where one is part of another', () => {
    expect(hide('token-of-db', [...spellingsOf('token'), ...spellingsOf('token-of-db')])).toBe('(sensitive)');
  });

  it('leaves what is in every other word', () => {
    expect(hide('abc', spellingsOf('abc'))).toBe('abc');
  });
});
