import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { isSigned } from '../../../controller/control/signature.ts';

const body = Buffer.from('Hello, World!');
const secret = "It's a Secret to Everybody";
// The example of GitHub's documentation, "Testing the webhook payload validation".
const known = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

describe('isSigned', () => {
  it.each([
    { forge: 'GitHub', headers: { 'x-hub-signature-256': `sha256=${known}` } },
    { forge: 'Gitea', headers: { 'x-gitea-signature': known } },
    { forge: 'Forgejo', headers: { 'x-forgejo-signature': known, 'x-gitea-signature': known } },
    { forge: 'GitLab', headers: { 'x-gitlab-token': secret } },
  ])('takes what $forge signs', ({ headers }) => {
    expect(isSigned(headers, body, secret)).toBe(true);
    expect(isSigned(headers, body, `${secret}!`)).toBe(false);
  });

  it.each([
    { reason: 'nothing is signed', headers: {} },
    {
      reason: 'the digest is of something else',
      headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
    },
    { reason: 'the algorithm is an old one', headers: { 'x-hub-signature': 'sha1=00' } },
    { reason: 'one of two is wrong', headers: { 'x-gitea-signature': known, 'x-gitlab-token': 'no' } },
    { reason: 'it is given twice', headers: { 'x-gitea-signature': [known, known] } },
  ])('refuses it when $reason', ({ headers }) => {
    expect(isSigned(headers, body, secret)).toBe(false);
  });

  it('takes nothing when the secret is empty', () => {
    const digest = createHmac('sha256', '').update(body).digest('hex');
    expect(isSigned({ 'x-gitea-signature': digest }, body, '')).toBe(false);
  });

  it('law: no body but the one that was signed is taken', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.string({ minLength: 1 }), (one, other, word) => {
        const digest = createHmac('sha256', word).update(one).digest('hex');
        const same = Buffer.from(one).equals(other);
        expect(isSigned({ 'x-forgejo-signature': digest }, other, word)).toBe(same);
      }),
    );
  });
});
